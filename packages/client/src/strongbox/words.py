"""The language of this run, and texts in it: English in the code, others from catalogues.

What is said is written where it is said; the Japanese is in locale/ja/LC_MESSAGES/*.po.
"""

import gettext
import locale
import os
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "ja")
_LOCALE = Path(__file__).parent / "locale"
# The order of GNU gettext, after our own.
_VARIABLES = ("STRONGBOX_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def say(text: str, /, **facts: object) -> str:
    """Return an English text in the language of this run, its fields filled with `facts`."""
    translated = _catalogue(language()).gettext(text) if text else ""
    return translated.format(**facts) if facts else translated


def mark(text: str) -> str:
    """Name a text that is said later, so that its translation is missed when there is none."""
    return text


@cache
def language() -> str:
    """Return `en` or `ja`, as STRONGBOX_LANG or the locale of this run asks."""
    for name in _VARIABLES:
        wanted = os.environ.get(name, "")
        if wanted:
            return _known(wanted)
    return _known(locale.getlocale()[0] or "")


def _known(wanted: str) -> str:
    """Take `ja_JP.UTF-8` and Windows' `Japanese_Japan` for Japanese, all else for English."""
    return "ja" if wanted.lower().startswith(("ja", "japanese")) else "en"


@cache
def _catalogue(wanted: str) -> gettext.NullTranslations:
    return gettext.translation("strongbox", str(_LOCALE), [wanted], fallback=True)
