"""Which of many fault points a test takes; what happens there is the tests' business."""

from tests.journeys.kill.points import Fault


def spread(points: int, most: int) -> list[int]:
    """At most so many of the points, evenly spread; the first and the last are among them."""
    step = max(1.0, (points - 1) / max(1, most - 1))
    return sorted({min(points, round(1 + step * one)) for one in range(most)})


def every(points: int, fault: Fault) -> range:
    """The points of a whole sweep: each of them for a kill, every second for a full disk.

    The disk stays full until the end of a round, so neighbouring points leave much the same.
    """
    return range(1, points + 1, 1 if fault is Fault.KILL else 2)
