"""The desk behind a person's step at a gateway: the login's verbs, for one user and connection.

The conversation is in `second_step`, its words in `factor_words`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from strongroom_formats.one_line import clean_text

from strongroom.audit.act import Act
from strongroom.directory import second_factors
from strongroom.directory.models import User
from strongroom.login import history
from strongroom.login.entry import challenges, lockout
from strongroom.login.entry.challenges import ChallengeView, Question
from strongroom.login.entry.choosing import choices_of, usable
from strongroom.login.history import EventKind
from strongroom.login.house import LoginHouse
from strongroom.login.models import Enrolment, FactorKind, Purpose, Standing
from strongroom.login.ports import Alert
from strongroom.login.safety import restrictions
from strongroom.login.visitor import Visitor
from strongroom.rules import login_refusals, refusals, temporary_codes
from strongroom.rules.alerts import AlertKind
from strongroom.rules.login_causes import Cause
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret
from strongroom.rules.temporary_codes import Stage
from strongroom.visits.entering import Asker
from strongroom.visits.factor_words import TYPED_KINDS, name_of, wording
from strongroom.visits.house import House
from strongroom.visits.second_step import Choice, Posed


class FactorDesk:
    """Implements `second_step.Desk` for the user whose code a recipient's login asks for.

    Wrong answers here count for this login apart: whoever has no key of the recipient's cannot
    lock the person out, and nobody who guesses here is let off in the portal (LATK-4, LATK-13).
    """

    def __init__(self, house: House, asker: Asker, person: int) -> None:
        self._house = house
        self._asker = asker
        self.person = person

    @property
    def title(self) -> str:
        """The firm's name, as the title of what is asked."""
        return self._login_house().firm

    def choices(self) -> Sequence[Choice]:
        """See `Desk`."""
        user, act = self._user(), self._act()
        self._check(user, act.at)
        found = tuple(self._choices(user, act.at))
        if not found:
            raise refusals.LOGIN_REFUSED.because(cause=Cause.CODE_NOBODY)
        return found

    def _choices(self, user: User, now: datetime) -> Iterator[Choice]:
        for option in choices_of(user, self._login_house(), now).options:
            if option.kind not in TYPED_KINDS:
                continue
            if option.kind is FactorKind.TEMPORARY and not _opens_all(option.enrolment_id, now):
                continue
            name = name_of(option.kind, option.hint or option.label)
            yield Choice(str(option.enrolment_id), option.kind.value, name)

    def pose(self, choice: Choice) -> Posed:
        """See `Desk`. A code that was sent to this connection a moment ago is asked for again."""
        user, act = self._user(), self._act()
        house, kind = self._login_house(), FactorKind(choice.kind)
        enrolment = usable(user, UUID(choice.enrolment), house, act.at)
        wanted = kind if kind is FactorKind.VOICE else None
        question = Question(user, Purpose.SFTP, self._holder, enrolment, kind=wanted)
        try:
            view = challenges.pose(question, house, act)
        except Refused:
            still = challenges.current(self._holder, act.at)
            if still is None or still.enrolment_id != enrolment.pk or still.kind is not kind:
                raise
            view = still
        return _posed(view, choice)

    def judge(self, posed: Posed, answer: Secret) -> None:
        """See `Desk`."""
        user, act, house = self._user(), self._act(), self._login_house()
        self._check(user, act.at)
        tried = lockout.reserve(self._counter(user), act)
        try:
            if tried.was_locked:
                raise login_refusals.FACTOR_WRONG.because()
            proved = challenges.judge(UUID(posed.challenge), self._holder, answer, house, act)
        except Refused as refused:
            if refused.kind is login_refusals.CHALLENGE_OVER:
                lockout.forgive(tried, act)
            else:
                self._note_failure(user, tried, act)
            raise
        lockout.clear(tried.counter)
        self._note(user, EventKind.SIGNED_IN, act, factor=proved.kind.value)

    def _check(self, user: User, now: datetime) -> None:
        """Refuse a person who may not log in now.

        Raises Refused: LOGIN-REFUSED, and RESTRICTED-ADDRESS, which holds here as in the portal.
        """
        locked = Standing.objects.filter(user=user).exclude(locked_at=None).exists()
        counter = self._counter(user)
        locked = locked or lockout.locked_until(user.name, counter.source, now) is not None
        has_right = second_factors.has_right(user.pk, self._asker.login)
        if locked or user.closed_at is not None or not has_right:
            raise refusals.LOGIN_REFUSED.because(cause=Cause.CODE_NOBODY)
        restrictions.check(user, str(self._asker.caller.address), now)

    def _counter(self, user: User) -> lockout.Counter:
        policy = self._login_house().policy
        source = f"sftp:{self._asker.login}"[:36]
        return lockout.Counter(user.name, source, policy.failures_most, policy.failures_window)

    def _note_failure(self, user: User, tried: lockout.Tried, act: Act) -> None:
        until = lockout.settle(tried, act)
        self._note(user, EventKind.FACTOR_WRONG, act)
        if until is not None:
            told = {"until": f"{until:%Y-%m-%d %H:%M} UTC"}
            self._note(user, EventKind.LOCKED_OUT, act, **told)
            seen = {"address": str(self._asker.caller.address), "browser": self._browser}
            alert = Alert(AlertKind.LOCKED_OUT, user.pk, {**told, **seen})
            self._login_house().herald.alert(alert, act)

    def _note(self, user: User, kind: EventKind, act: Act, **facts: str) -> None:
        visitor = Visitor(str(self._asker.caller.address), self._browser)
        history.write(user, kind, visitor, act, recipient=self._asker.login, **facts)

    def _login_house(self) -> LoginHouse:
        """The login's house. Without one no code can be judged, so nobody gets in."""
        if self._house.login is None:
            raise refusals.LOGIN_REFUSED.because(cause=Cause.CODE_NOBODY)
        return self._house.login

    def _user(self) -> User:
        return User.objects.get(pk=self.person)

    def _act(self) -> Act:
        return Act(f"recipient:{self._asker.login}", self._house.now())

    @property
    def _browser(self) -> str:
        """What stands in the place of a browser's name."""
        return clean_text(f"SFTP, {self._asker.client}", 200)

    @property
    def _holder(self) -> str:
        """Only this connection answers what it was asked (LATK-18)."""
        return f"sftp:{self._asker.caller.visit}"


def _opens_all(enrolment_id: UUID, now: datetime) -> bool:
    """Whether a temporary code is in its first two days; later it prints a code card alone."""
    facts = Enrolment.objects.get(pk=enrolment_id).facts
    try:
        issued_at = datetime.fromisoformat(str(facts["issued_at"]))
        return temporary_codes.stage_of(issued_at, now) is Stage.FULL
    except Refused:
        return False


def _posed(view: ChallengeView, choice: Choice) -> Posed:
    label = view.label if view.kind not in (FactorKind.SMS, FactorKind.VOICE) else choice.name
    instruction, prompt = wording(view.kind, label, view.shown)
    return Posed(str(view.id), instruction, prompt)
