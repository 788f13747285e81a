"""The promises of every factor: right answers count once, wrong ones never, nothing leaks."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import strongroom.backends.factors
from strongroom.login.models import FactorKind
from strongroom.login.ports import Asked, Kept
from strongroom.rules.assurance import level_of
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret

from tests.contracts.factors.members import MEMBERS, MORNING, Person, applied, chance

DRAFTED = sorted(set(MEMBERS) - {"voice"})
"""Kinds that are enrolled by themselves; calls go to numbers enrolled for SMS."""


@pytest.fixture(params=sorted(MEMBERS))
def person(request: pytest.FixtureRequest) -> Person:
    """Each member of the family in turn."""
    return MEMBERS[request.param]()


@pytest.fixture(params=DRAFTED)
def newcomer(request: pytest.FixtureRequest) -> Person:
    """Each member that can be enrolled."""
    return MEMBERS[request.param]()


def test_every_folder_of_a_factor_keeps_this_contract() -> None:
    folder = Path(str(strongroom.backends.factors.__file__)).parent
    kinds = {path.name for path in folder.iterdir() if (path / "__init__.py").exists()}
    assert kinds == set(MEMBERS)


def test_a_factor_is_of_the_kind_of_its_folder_and_of_that_kinds_assurance() -> None:
    for name, member in MEMBERS.items():
        traits = member().factor.traits
        assert traits.kind is FactorKind(name.replace("_", "-"))
        assert traits.assurance is level_of(traits.kind.value)


@pytest.mark.req("LATK-4")
def test_a_challenge_lives_ten_minutes_at_most_and_has_few_tries(person: Person) -> None:
    traits = person.factor.traits
    assert timedelta(0) < traits.lifetime <= timedelta(minutes=10)
    assert 1 <= traits.tries <= 5
    assert traits.amr


def test_a_new_enrolment_has_a_label_and_open_facts_that_fit_a_row(newcomer: Person) -> None:
    draft = newcomer.draft_of()
    assert 0 < len(draft.label) <= 60
    assert draft.label.isprintable()
    for facts in (draft.shown, draft.kept.facts, draft.asked.shown if draft.asked else {}):
        assert json.loads(json.dumps(dict(facts))) == dict(facts)
    assert draft.kept.expires_at is None or draft.kept.expires_at > MORNING


def test_a_right_answer_is_accepted(person: Person) -> None:
    kept = person.enrol()
    later = chance(minutes=2)
    asked = person.factor.ask(kept, later)
    person.factor.check(kept, asked, person.answer(kept, asked, later.now), later)


@pytest.mark.req("LATK-5", "LATK-6")
def test_a_right_answer_is_accepted_once(person: Person) -> None:
    kept = person.enrol()
    later = chance(minutes=2)
    asked = person.factor.ask(kept, later)
    answer = person.answer(kept, asked, later.now)
    accepted = person.factor.check(kept, asked, answer, later)
    after = applied(kept, accepted)
    if after == kept:  # then it is the challenge that can be used once
        again = person.factor.ask(kept, later)
        assert again != asked or person.factor.traits.kind is FactorKind.TEMPORARY
        return
    with pytest.raises(Refused):
        person.factor.check(after, asked, answer, later)


@pytest.mark.parametrize("text", ["", " ", "0" * 5000, "💣", "null", "[]", "﷽" * 70, "\0", "{}"])
def test_what_is_no_answer_is_refused(person: Person, text: str) -> None:
    kept = person.enrol()
    asked = person.factor.ask(kept, chance(minutes=2))
    with pytest.raises(Refused):
        person.factor.check(kept, asked, Secret(text), chance(minutes=2))


@pytest.mark.req("LATK-9")
def test_a_wrong_answer_is_refused_in_the_same_words_by_all(person: Person) -> None:
    kept = person.enrol()
    asked = person.factor.ask(kept, chance(minutes=2))
    with pytest.raises(Refused) as refused:
        person.factor.check(kept, asked, Secret(person.wrong), chance(minutes=2))
    expected = "PASSKEY-REFUSED" if person.factor.traits.is_phishing_resistant else "E-LOGIN-2"
    assert refused.value.code == expected


@pytest.mark.req("LATK-6")
def test_the_answer_to_another_persons_challenge_is_refused(person: Person) -> None:
    other = type(person)()
    if isinstance(getattr(person, "key", None), bytes):
        other.key = bytes(32)  # type: ignore[attr-defined]  # another card has another key
        other.given = {**other.given, "key": other.key.hex()}  # type: ignore[attr-defined]
    kept, theirs = person.enrol(), other.enrol()
    later = chance(minutes=2)
    asked, foreign = person.factor.ask(kept, later), other.factor.ask(theirs, later)
    answer = other.answer(theirs, foreign, later.now)
    with pytest.raises(Refused):
        person.factor.check(kept, asked, answer, later)


def _every_text(facts: object) -> str:
    return json.dumps(facts, default=dict)


@pytest.mark.req("LATK-29", "LATK-30")
def test_no_secret_is_shown_after_the_enrolment_or_kept_in_the_open(person: Person) -> None:
    kept = person.enrol()
    later = chance(minutes=2)
    asked = person.factor.ask(kept, later)
    answer = person.answer(kept, asked, later.now).reveal()
    accepted = person.factor.check(kept, asked, Secret(answer), later)
    in_the_open = [_every_text(dict(part)) for part in (asked.shown, kept.facts)]
    in_the_open += [_every_text(dict(accepted.facts or {})), repr(kept), repr(accepted)]
    for text in in_the_open:
        assert answer not in text
        for secret in _pieces(kept):
            assert secret not in text


@pytest.mark.req("LATK-4", "LATK-30")
def test_what_stays_here_of_a_challenge_is_not_its_answer(person: Person) -> None:
    kept = person.enrol()
    later = chance(minutes=2)
    asked = person.factor.ask(kept, later)
    answer = person.answer(kept, asked, later.now).reveal()
    assert answer not in _every_text(dict(asked.hidden))


def _pieces(kept: Kept) -> list[str]:
    """The secret itself and what it is made of, as far as it is long enough to tell."""
    text = kept.secret.reveal()
    pieces = [text] if text else []
    if text.startswith("{"):
        pieces += [str(value) for value in json.loads(text).values()]
    return [piece for piece in pieces if len(piece) >= 4]


@pytest.mark.req("LATK-18")
def test_a_challenge_of_nobody_is_refused(person: Person) -> None:
    """A row whose challenge was lost or emptied accepts nothing at all."""
    kept = person.enrol()
    later = chance(minutes=2)
    asked = person.factor.ask(kept, later)
    answer = person.answer(kept, asked, later.now)
    if not asked.hidden:
        return
    with pytest.raises((Refused, KeyError)):
        person.factor.check(kept, Asked(shown=asked.shown), answer, later)
