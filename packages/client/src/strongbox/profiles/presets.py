"""Published facts of firms that run no Strongroom, so that nobody has to type them.

This is the one place in the product that names a firm.
"""

from dataclasses import dataclass

from strongbox.profiles.profile import Folders


@dataclass(frozen=True, slots=True)
class Preset:
    """A firm's published end point. Its host keys are not published: the first look is shown."""

    firm: str
    host: str
    port: int
    folders: Folders


PRESETS = {
    "ibkr": Preset(
        "Interactive Brokers",
        "xfer.interactivebrokers.com",
        32,
        Folders(outgoing="outgoing", manifests="", test="", incoming="incoming"),
    ),
}
