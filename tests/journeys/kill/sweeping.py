"""Which of many fault points a test takes; what happens there is the tests' business."""


def spread(points: int, most: int) -> list[int]:
    """At most so many of the points, evenly spread; the first and the last are among them."""
    step = max(1.0, (points - 1) / max(1, most - 1))
    return sorted({min(points, round(1 + step * one)) for one in range(most)})
