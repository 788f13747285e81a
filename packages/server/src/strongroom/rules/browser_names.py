"""What a browser calls itself, in the two words that people know: `Firefox 140, Windows`.

A User-Agent proves nothing (RFC 9110 section 10.1.5): nothing is decided by it.
"""

import re

_LONGEST = 60
_BROWSERS = (
    ("Edge", re.compile(r"Edg(?:A|iOS)?/(\d{1,4})", re.ASCII)),
    ("Opera", re.compile(r"OPR/(\d{1,4})", re.ASCII)),
    ("Samsung Internet", re.compile(r"SamsungBrowser/(\d{1,4})", re.ASCII)),
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/(\d{1,4})", re.ASCII)),
    ("Chrome", re.compile(r"(?:Chrome|CriOS)/(\d{1,4})", re.ASCII)),
    ("Safari", re.compile(r"Version/(\d{1,4})[^ ]* (?:Mobile/[^ ]+ )?Safari/", re.ASCII)),
)
"""Each names itself after those that it imitates, so the last of a family stands first."""

_SYSTEMS = (
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """Return browser and system; what has no known browser is shown as it came, but short."""
    for name, pattern in _BROWSERS:
        found = pattern.search(user_agent)
        if found is not None:
            system = next((shown for mark, shown in _SYSTEMS if mark in user_agent), "")
            return f"{name} {found[1]}, {system}" if system else f"{name} {found[1]}"
    if len(user_agent) <= _LONGEST:
        return user_agent
    return f"{user_agent[:_LONGEST]}..."
