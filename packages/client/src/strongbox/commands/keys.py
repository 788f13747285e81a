"""`strongbox keys`: the names of its commands.

Each lives in a module of its own and is imported when it is used.
"""

import click

from strongbox.commands.lazy import Entry, lazy_group
from strongbox.words import mark, say

_COMMANDS = {
    "backup": Entry("keys_backup", mark("Keep the keys in one locked file, or on paper.")),
    "convert": Entry("keys_convert", mark("Write a key in another format.")),
    "make": Entry("keys_make", mark("Make a key pair.")),
    "move": Entry("keys_backup", mark("Take the keys to another machine.")),
    "pgp": Entry("keys_pgp", mark("OpenPGP keys, with which statements are opened.")),
    "public": Entry("keys_show", mark("Print what to send to the firm, and nothing else.")),
    "rehearse": Entry("keys_rehearse", mark("Prove that the back-up works.")),
    "restore": Entry("keys_backup", mark("Bring the keys back from a back-up.")),
    "rotate": Entry("keys_rotate", mark("Replace the key at the firm without a gap.")),
    "show": Entry("keys_show", mark("Show what a key file holds.")),
}


@click.command(
    cls=lazy_group(_COMMANDS), help=say("Key pairs: make, show, convert, back up, restore, rotate.")
)
def keys() -> None:
    """Hold the commands together."""
