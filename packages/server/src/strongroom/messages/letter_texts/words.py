"""The form of a mail's words in both languages. The words themselves are in the modules beside."""

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The languages of letters; whoever has another one is written to in English."""

    ENGLISH = "en"
    JAPANESE = "ja"

    @classmethod
    def of(cls, code: str) -> "Language":
        """Return the language of a user's setting."""
        return cls.JAPANESE if code == cls.JAPANESE else cls.ENGLISH


@dataclass(frozen=True, slots=True)
class Both:
    """One text in both languages."""

    english: str
    japanese: str

    def of(self, language: Language) -> str:
        """Return it in one of them."""
        return self.japanese if language is Language.JAPANESE else self.english


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and body, with the facts and secrets of the kind in braces (`rules.alerts`)."""

    subject: str
    body: str
    subject_ja: str
    body_ja: str

    def of(self, language: Language) -> tuple[str, str]:
        """Return subject and body in one language."""
        if language is Language.JAPANESE:
            return self.subject_ja, self.body_ja
        return self.subject, self.body
