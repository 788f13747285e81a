"""A person who enrols, as tests need one: agrees or not, and remembers what was told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from strongbox.enrolment.ports import Step
from strongbox.enrolment.running import Enrolled, Wish, begin, go_on
from strongbox.profiles.box import Box

from tests.unit.strongbox_enrolment.paper_firm import PaperFirm


@dataclass
class TestPerson:
    """`at` is called at each step, and may end the run there."""

    __test__ = False

    is_willing: bool = True
    at: Callable[[Step], None] = lambda _: None
    told: list[tuple[Step, Mapping[str, object]]] = field(default_factory=list)
    questions: int = 0

    def tell(self, step: Step, facts: Mapping[str, object]) -> None:
        """Remember."""
        self.told.append((step, facts))
        self.at(step)

    def agrees(self) -> bool:
        """As the test wants."""
        self.questions += 1
        return self.is_willing

    @property
    def steps(self) -> list[Step]:
        """The steps in their order, each once."""
        return list(dict.fromkeys(step for step, _ in self.told))

    def facts(self, step: Step) -> Mapping[str, object]:
        """What was told first at a step."""
        return next(facts for one, facts in self.told if one is step)


def enrol(box: Box, firm: PaperFirm, person: TestPerson, **wish: Any) -> Enrolled:
    """A whole run without passphrase."""
    wished = Wish(secret="none", **wish)
    return go_on(box, begin(box, firm.invitation, wished, person), person, seconds=5)
