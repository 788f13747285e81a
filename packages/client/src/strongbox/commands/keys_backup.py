"""`strongbox keys backup`, `restore` and `move`: keys in one locked file or on paper (KEY-18, 19).

What both read is in `keys_rehearse`; what is done is in `strongbox.backup`.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongbox.commands.keys_rehearse import (
    backup_name,
    backup_secret_option,
    file_argument,
    opened_backup,
    paper_option,
)
from strongbox.commands.rim import (
    answering,
    as_json_option,
    pass_box,
    print_json,
    print_pairs,
    profile_option,
)
from strongbox.profiles.box import Box
from strongbox.words import say

if TYPE_CHECKING:
    from strongbox.backup.contents import Contents
    from strongbox.backup.restoring import Restored
    from strongbox.profiles.profile import Profile


@click.command(
    help=say(
        "Keep the profile and its keys in one file that a passphrase locks, or on a page to print, "
        "or both.\n\n"
        "The keys are opened for it, so that one passphrase brings everything back: the one of the "
        "back-up, which then locks the restored keys. Lost, it cannot be recovered."
    )
)
@file_argument
@click.option(
    "--paper",
    "paper",
    type=click.Path(path_type=Path),
    metavar=say("PAGE.html"),
    help=say("Write a page to print, with QR codes and lines to type."),
)
@backup_secret_option
@profile_option
@as_json_option
@pass_box
@answering
def backup(  # noqa: PLR0913 - one parameter for each option
    box: Box,
    *,
    file: Path | None,
    paper: Path | None,
    secret: str,
    profile_name: str,
    as_json: bool,
) -> None:
    """Write the back-up; nothing is written over."""
    from strongbox.backup import containers, refusals
    from strongbox.profiles import files

    wanted = [path for path in (file, paper) if path is not None]
    if not wanted:
        raise refusals.BACKUP_NOTHING.because()
    profile = files.load(box, profile_name)
    containers.refuse_taken(wanted)
    passphrase = _new_passphrase(secret)
    contents = _gathered(profile)
    if file is not None:
        containers.write_backup(file, containers.sealed_document(contents, passphrase))
    if paper is not None:
        containers.write_backup(paper, _page(contents, passphrase))
    _tell_backup(wanted, contents, as_json=as_json)


@click.command(
    help=say(
        "Bring profile and keys back from a back-up: the keys into the box, for you alone, never "
        "over a key that is there. Keys that were locked are locked with the passphrase of the "
        "back-up."
    )
)
@file_argument
@paper_option
@click.option("--as", "other_name", default="", metavar=say("NAME"), help=say("Another name."))
@backup_secret_option
@as_json_option
@pass_box
@answering
def restore(  # noqa: PLR0913 - one parameter for each option
    box: Box, *, file: Path | None, paper: str | None, other_name: str, secret: str, as_json: bool
) -> None:
    """Restore, and say what came back."""
    from strongbox.backup import restoring

    contents, passphrase = opened_backup(file, paper, secret)
    name = other_name or contents.site.name
    restored = restoring.restore(box, contents, passphrase, name=name)
    _tell_restored(restored, contents, as_json=as_json)


@click.command(
    help=say(
        "Take the keys to another machine. First here: `strongbox keys move FILE` makes a back-up "
        "and marks the keys. Then there: `strongbox keys restore FILE` and `strongbox keys "
        "rehearse FILE`, which prints a code when the keys work. Last here: `strongbox keys move "
        "--finish` asks for that code and destroys the keys of this machine."
    )
)
@file_argument
@click.option("--finish", "is_finish", is_flag=True, help=say("Destroy the keys of this machine."))
@click.option("--code", default="", metavar=say("CODE"), help=say("The code of the new machine."))
@backup_secret_option
@profile_option
@as_json_option
@pass_box
@answering
def move(  # noqa: PLR0913 - one parameter for each option
    box: Box,
    *,
    file: Path | None,
    is_finish: bool,
    code: str,
    secret: str,
    profile_name: str,
    as_json: bool,
) -> None:
    """Begin a move, or end it."""
    from strongbox.backup import refusals
    from strongbox.profiles import files

    profile = files.load(box, profile_name)
    if is_finish:
        _finish(box, profile.name, code, as_json=as_json)
    elif file is None:
        raise refusals.BACKUP_NOTHING.because()
    else:
        _begin(box, profile, file, secret, as_json=as_json)


def _begin(box: Box, profile: "Profile", file: Path, secret: str, *, as_json: bool) -> None:
    from strongbox.backup import containers, moving

    containers.refuse_taken((file,))
    passphrase = _new_passphrase(secret)
    contents = moving.for_a_move(_gathered(profile))
    containers.write_backup(file, containers.sealed_document(contents, passphrase))
    moving.begin(box, profile, contents, backup=file.absolute(), at=datetime.now(UTC))
    _tell_backup([file], contents, as_json=as_json)
    text = say(
        "The keys stay here until the move is over. On the new machine: strongbox keys restore "
        "{file}, then strongbox keys rehearse {file}. Then here: strongbox keys move --finish",
        file=file.name,
    )
    click.echo(text, err=True)


def _finish(box: Box, name: str, code: str, *, as_json: bool) -> None:
    from strongbox.backup import moving

    for path in moving.marked(box, name):
        click.echo(say("To be destroyed: {path}", path=path), err=True)
    typed = code or click.prompt(say("Code that the new machine printed"), err=True)
    removed = moving.finish(box, name, typed)
    if as_json:
        print_json({"profile": name, "removed": [str(path) for path in removed]})
    else:
        for path in removed:
            print_pairs({say("Destroyed"): path})
    text = say(
        "The keys of {name} are gone from this machine. Remove the daily run and the profile too: "
        "strongbox schedule remove, strongbox profile remove {name}. Delete the back-up file from "
        "the stick that carried it, or keep it locked away.",
        name=name,
    )
    click.echo(text, err=True)


def _gathered(profile: "Profile") -> "Contents":
    from strongbox.backup.containers import gather
    from strongbox.keys.secrets import passphrase_source

    source = profile.keys.secret
    return gather(
        profile,
        lambda path: passphrase_source(source, what=str(path.absolute())),
        at=datetime.now(UTC),
    )


def _new_passphrase(secret: str) -> bytes:
    from strongbox.backup.sealing import check_passphrase
    from strongbox.keys.secrets import new_passphrase

    passphrase = new_passphrase(secret, what=backup_name(secret))
    check_passphrase(passphrase)
    return passphrase


def _page(contents: "Contents", passphrase: bytes) -> bytes:
    from strongbox.backup import paper
    from strongbox.backup.containers import sealed_numbers
    from strongbox.backup.paper_page import page

    sealed = sealed_numbers(contents, passphrase)
    return page(contents, parts=paper.parts_of(sealed), lines=paper.lines_of(sealed))


def _tell_backup(written: list[Path], contents: "Contents", *, as_json: bool) -> None:
    from strongbox.backup.pgp_files import fingerprint_of

    ssh = [one.key.public.fingerprint_sha256 for one in contents.ssh]
    pgp_keys = [fingerprint_of(one.packets) for one in contents.pgp]
    if as_json:
        paths = [str(path) for path in written]
        name = contents.site.name
        print_json({"written": paths, "profile": name, "ssh": ssh, "pgp": pgp_keys})
        return
    for path in written:
        print_pairs({say("Written"): path})
    for fingerprint in ssh:
        print_pairs({say("SSH key"): fingerprint})
    for fingerprint in pgp_keys:
        print_pairs({say("OpenPGP key"): fingerprint})
    click.echo(say("Prove that it works: strongbox keys rehearse"), err=True)


def _tell_restored(restored: "Restored", contents: "Contents", *, as_json: bool) -> None:
    profile = restored.profile
    hook = list(profile.hook) if profile is not None else []
    keys = [*restored.ssh, *restored.pgp]
    if as_json:
        row = {"profile": restored.name, "keys": [str(path) for path in keys], "hook": hook}
        print_json({**row, "is_profile_restored": profile is not None})
    else:
        print_pairs({say("Profile"): restored.name})
        for path in keys:
            print_pairs({say("Restored"): path})
        if hook:
            print_pairs({say("Runs after each statement"): " ".join(hook)})
    if restored.is_locked:
        text = say("The restored keys are locked with the passphrase of the back-up.")
        click.echo(text, err=True)
    if profile is None and contents.profile is None:
        site = contents.site
        text = say(
            "Paper holds no profile. The keys belong to {login} at {host}, port {port}; enrol "
            "again or add a profile for them.",
            login=site.login,
            host=site.host,
            port=site.port,
        )
        click.echo(text, err=True)
    elif profile is None:
        text = say("There is a profile {name} already; it stays as it is.", name=restored.name)
        click.echo(text, err=True)
    sys.stderr.flush()
