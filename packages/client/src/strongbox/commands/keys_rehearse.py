"""`strongbox keys rehearse`: the proof that a back-up works, in memory and over the network.

The options that it shares with `restore` are here too.
"""

import secrets
import sys
import tempfile
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongbox.commands.rim import (
    answering,
    as_json_option,
    pass_box,
    print_json,
    print_pairs,
    profile_option,
)
from strongbox.profiles.box import Box
from strongbox.words import mark, say

if TYPE_CHECKING:
    from strongbox.backup.contents import Contents
    from strongbox.backup.rehearsing import Rehearsed
    from strongbox.profiles.profile import Profile

_MOST_TEXT = 256 * 1024


class _Way(StrEnum):
    """How far a rehearsal went."""

    MEMORY = "memory"
    LOGIN = "login"
    STATEMENT = "statement"


_DONE = {
    _Way.MEMORY: mark("Tried in memory alone"),
    _Way.LOGIN: mark("Logged in; this firm has no test statement to open"),
    _Way.STATEMENT: mark("The test statement was opened"),
}

file_argument = click.argument(
    "file", type=click.Path(path_type=Path), required=False, metavar=say("[FILE]")
)
"""The back-up file."""

paper_option = click.option(
    "--paper",
    metavar=say("TEXT|-"),
    help=say("The text of a paper back-up, scanned or typed; - reads it from standard input."),
)
"""The option of what reads back-ups."""

backup_secret_option = click.option(
    "--passphrase-from",
    "secret",
    metavar=say("SOURCE"),
    default="ask",
    help=say(
        "Where the passphrase of the back-up comes from: ask, keyring, fd:N, credential:NAME, "
        "file:PATH."
    ),
)
"""The option of what makes or opens back-ups."""


@click.command(
    help=say(
        "Prove that a back-up works. It is opened in memory, each key signs or decrypts, and then "
        "the keys of the back-up log in at the firm and open its test statement. No key is "
        "left anywhere."
    )
)
@file_argument
@paper_option
@click.option("--offline", "is_offline", is_flag=True, help=say("Try the keys in memory alone."))
@backup_secret_option
@profile_option
@as_json_option
@pass_box
@answering
def rehearse(  # noqa: PLR0913 - one parameter for each option
    box: Box,
    *,
    file: Path | None,
    paper: str | None,
    is_offline: bool,
    secret: str,
    profile_name: str,
    as_json: bool,
) -> None:
    """Rehearse, keep the date, and say the code that ends a move."""
    from strongbox.backup import moving, rehearsing
    from strongbox.backup.last_rehearsal import LastRehearsal, keep_date

    contents, _ = opened_backup(file, paper, secret)
    name = profile_name or contents.site.name
    here = _profile_here(box, name)
    rehearsed = rehearsing.rehearse(contents, here)
    way = _Way.MEMORY
    if not is_offline:
        way = _go_the_whole_way(contents, here or _profile_kept(box, name, contents))
    now = datetime.now(UTC)
    last = LastRehearsal(now, contents.made_at, is_whole=way != _Way.MEMORY)
    keep_date(box, name, last)
    code = "" if here is None else moving.code_of(contents)
    is_old = moving.is_begun_with(box, name, contents)
    _tell(contents, rehearsed, "" if is_old else code, way, as_json=as_json)
    if contents.proof is not None and (is_old or not code):
        text = say(
            "The code that ends the move is shown on the new machine, after a restore there."
        )
        click.echo(text, err=True)


def opened_backup(file: Path | None, paper: str | None, secret: str) -> "tuple[Contents, bytes]":
    """The contents of a back-up from a file or from paper, and its passphrase. Raises Refused."""
    from strongbox.backup import refusals
    from strongbox.backup.containers import open_sealed, read_backup
    from strongbox.backup.paper import sealed_in
    from strongbox.backup.sealing import check_header
    from strongbox.keys.secrets import passphrase_source

    if (file is None) == (paper is None):
        raise refusals.BACKUP_WHICH.because()
    if file is not None:
        sealed, path = read_backup(file), str(file)
    else:
        sealed, path = sealed_in(_text_of(paper or "-")), say("the paper")
    check_header(sealed, path=path)  # before anybody types a passphrase for it
    passphrase = passphrase_source(secret, what=backup_name(secret))()
    return open_sealed(sealed, passphrase, path=path), passphrase


def backup_name(source: str) -> str:
    """What the passphrase is for: said to a person, but one name for all languages in a keyring."""
    return "backup" if source == "keyring" else say("the back-up")


def _text_of(paper: str) -> bytes:
    if paper == "-":
        return sys.stdin.buffer.read(_MOST_TEXT)
    with Path(paper).open("rb") as file:
        return file.read(_MOST_TEXT)


def _profile_here(box: Box, name: str) -> "Profile | None":
    from strongbox.profiles import files

    return files.load(box, name) if name in files.names(box) else None


def _profile_kept(box: Box, name: str, contents: "Contents") -> "Profile":
    """The profile in the back-up; paper holds none, and then the box has to have one."""
    from strongbox.profiles import files

    if contents.profile is None:
        return files.load(box, name)
    return files.from_toml(name, contents.profile, path=box.profiles / f"{name}.toml")


def _go_the_whole_way(contents: "Contents", profile: "Profile") -> _Way:
    """Log in with the back-up's keys and open the test statement with them, if there is one.

    The OpenPGP keys pass through a folder of this user, locked with a passphrase that nobody
    ever sees. Raises Refused.
    """
    import asyncio

    from strongbox.backup import refusals
    from strongbox.backup.pgp_files import written
    from strongbox.opening.opener import Keyring
    from strongbox.opening.refusals import OPEN_KEY_MISSING
    from strongbox.opening.rehearsal import open_rehearsal
    from strongbox.refusal import Refused
    from strongbox.wire.connecting import connect
    from strongbox.wire.ports import Server

    passing = secrets.token_hex(32).encode()
    server = Server(profile.host, profile.port, profile.login, profile.host_keys)

    async def go(folder: Path) -> _Way:
        paths = []
        for number, kept in enumerate(contents.pgp):
            paths.append(folder / f"{number}.asc")
            paths[-1].write_bytes(written(kept, passing))
        sender = _sender_of(contents, profile)
        needed = profile.sender.is_signature_needed
        keyring = Keyring(tuple(paths), sender, needed, lambda: passing)
        async with connect(server, [one.key for one in contents.ssh]) as session:
            if not profile.folders.test:
                return _Way.LOGIN
            await open_rehearsal(session, profile, keyring)
        return _Way.STATEMENT

    with tempfile.TemporaryDirectory(prefix="strongbox-") as folder:
        try:
            return asyncio.run(go(Path(folder)))
        except Refused as refused:
            if refused.kind is not OPEN_KEY_MISSING:
                raise
            raise refusals.REHEARSAL_OTHER_KEY.because(**refused.facts) from refused


def _sender_of(contents: "Contents", profile: "Profile") -> bytes | None:
    if contents.sender is not None:
        return contents.sender.encode()
    path = profile.sender.certificate
    return path.read_bytes() if path is not None else None


def _tell(
    contents: "Contents", rehearsed: "Rehearsed", code: str, way: _Way, *, as_json: bool
) -> None:
    """Report; `code` is "" where no move is to be ended."""
    if as_json:
        keys = {"ssh": list(rehearsed.ssh), "pgp": list(rehearsed.pgp)}
        row = {
            "profile": contents.site.name,
            **keys,
            "made_at": contents.made_at,
            "way": way,
        }
        print_json({**row, "is_key_in_use": rehearsed.is_key_in_use, "code": code})
        return
    for fingerprint in rehearsed.ssh:
        print_pairs({say("SSH key"): f"{fingerprint}  {say('signs')}"})
    for fingerprint in rehearsed.pgp:
        print_pairs({say("OpenPGP key"): f"{fingerprint}  {say('decrypts')}"})
    print_pairs({say("Rehearsed"): say(_DONE[way])})
    if code:
        print_pairs({say("Code that ends the move"): code})
