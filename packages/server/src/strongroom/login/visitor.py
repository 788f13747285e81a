"""Who knocks at the portal's door: where from, with which browser, and what it carries.

What an address may be and how it is read off a request is not decided here.
"""

from dataclasses import dataclass, field

from strongroom_formats.one_line import clean_text

from strongroom.rules import networks


@dataclass(frozen=True, slots=True)
class Visitor:
    """`browser` is the User-Agent; `trusted` the trusted browser's cookie as it came, or empty."""

    address: str
    browser: str
    trusted: str = field(default="", repr=False)

    @property
    def shown_browser(self) -> str:
        """Return the browser's name as it is kept: printable and short."""
        return clean_text(self.browser, 200)

    @property
    def source(self) -> str:
        """Return what counts as one source: an IPv4 address or an IPv6 /64 (LATK-22)."""
        return networks.source_key(self.address)
