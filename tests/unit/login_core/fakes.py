"""Doubles for the login core: factors that count what they compare, and a herald that remembers."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from strongroom.audit.act import Act
from strongroom.login.models import FactorKind
from strongroom.login.ports import (
    Accepted,
    Alert,
    Asked,
    Chance,
    Delivery,
    Draft,
    Kept,
    Traits,
    Wish,
)
from strongroom.rules import login_refusals
from strongroom.rules.assurance import level_of
from strongroom.rules.secret import Secret

RIGHT = "135790"
WRONG = Secret("999999")


class FakeFactor:
    """Takes RIGHT, `step-N` once each with rising N, and `copied` as a copied device would say."""

    def __init__(self, kind: FactorKind, **traits: object) -> None:
        self.traits = Traits(kind, level_of(kind), **traits)  # type: ignore[arg-type]
        self.compared: list[str] = []
        self.is_active_at_once = kind in (FactorKind.RECOVERY, FactorKind.TEMPORARY)

    def draft(self, wish: Wish, chance: Chance) -> Draft:
        """Keep a seed; ask at once, but for kinds that staff give out."""
        facts = {"issued_at": chance.now.isoformat(), **wish.given}
        lasts = timedelta(days=12) if self.traits.kind is FactorKind.TEMPORARY else None
        kept = Kept(Secret("seed"), facts, -1, chance.now + lasts if lasts else None)
        asked = None if self.is_active_at_once else self.ask(kept, chance)
        return Draft(kept, f"My {self.traits.kind.value}", {"seed": "once"}, asked)

    def ask(self, kept: Kept, chance: Chance) -> Asked:
        """Ask for RIGHT; numbers get it delivered."""
        kind = self.traits.kind
        sent = kind in (FactorKind.SMS, FactorKind.VOICE)
        delivery = Delivery(kind.value, Secret(RIGHT)) if sent else None
        return Asked({"ask": kind.value}, {"code": RIGHT}, delivery)

    def check(self, kept: Kept, asked: Asked, answer: Secret, chance: Chance) -> Accepted:
        """Compare, and remember that it did."""
        text = answer.reveal()
        self.compared.append(text)
        if text.startswith("step-"):
            return Accepted(int(text[5:]), Secret("next seed"), {"used": text})
        if text == "copied":
            raise login_refusals.FACTOR_COPIED.because()
        if text != asked.hidden["code"]:
            raise login_refusals.FACTOR_WRONG.because()
        return Accepted()


def fake_factors() -> dict[FactorKind, FakeFactor]:
    """One of each kind, with the traits that the login acts on."""
    return {
        FactorKind.SMS: FakeFactor(FactorKind.SMS),
        FactorKind.VOICE: FakeFactor(FactorKind.VOICE),
        FactorKind.TOTP: FakeFactor(FactorKind.TOTP),
        FactorKind.APP: FakeFactor(FactorKind.APP, is_one_of=True, is_permanent=True),
        FactorKind.CARD: FakeFactor(FactorKind.CARD, is_permanent=True),
        FactorKind.TEMPORARY: FakeFactor(FactorKind.TEMPORARY, is_one_of=True),
        FactorKind.RECOVERY: FakeFactor(FactorKind.RECOVERY, is_one_of=True),
    }


@dataclass
class FakeHerald:
    """Sends nothing and remembers all."""

    codes: list[tuple[Delivery, str]] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    mails: list[tuple[str, Alert]] = field(default_factory=list)
    used: list[UUID] = field(default_factory=list)
    withdrawn: list[UUID] = field(default_factory=list)

    def code(
        self, delivery: Delivery, *, phone_id: int, purpose: str, lifetime: timedelta, act: Act
    ) -> UUID:
        """Remember a code."""
        self.codes.append((delivery, purpose))
        return uuid4()

    def entered(self, letter: UUID, act: Act) -> None:
        """Remember that a code was used."""
        self.used.append(letter)

    def withdraw(self, letter: UUID, act: Act) -> None:
        """Remember that a code was held back."""
        self.withdrawn.append(letter)

    def alert(self, alert: Alert, act: Act) -> None:
        """Remember an alert."""
        self.alerts.append(alert)

    def mail(self, alert: Alert, *, to: str, language: str, act: Act) -> None:
        """Remember a mail, also one to nobody."""
        self.mails.append((to, alert))

    def kinds(self) -> list[str]:
        """Return what people were told of, in order."""
        return [str(alert.kind) for alert in self.alerts]
