"""`strongroom key`: recipients' SSH keys, from submission to revocation."""

import sys
from pathlib import Path

import click

from strongroom.rules import refusals
from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show,
    show_one,
)

_LARGEST = 16 * 1024 * 1024


reason_option = click.option(
    "--reason", default="", metavar="TEXT", help="Why, in one line that the recipient is shown."
)


@click.group()
def key() -> None:
    """Recipients' SSH keys: submit, approve, reject, revoke, list, show."""


def read_file(name: str) -> bytes:
    """Read a submitted file, or standard input for `-`, bounded.

    Raises Refused: ARRIVAL-MISSING, ARRIVAL-UNREADABLE.
    """
    try:
        if name == "-":
            return sys.stdin.buffer.read(_LARGEST)
        with Path(name).open("rb") as file:
            return file.read(_LARGEST)
    except FileNotFoundError as error:
        raise refusals.ARRIVAL_MISSING.because(name=name) from error
    except OSError as error:
        raise refusals.ARRIVAL_UNREADABLE.because(name=name, why=error.strerror) from error


@key.command()
@click.argument("login")
@click.argument("file", metavar="FILE|-")
@as_json_option
@pass_context
@answering
def submit(context: Context, login: str, file: str, *, as_json: bool) -> None:
    """Take the public key in FILE in for LOGIN; it waits for approval."""
    opened = context.open()
    from strongroom.messages import key_desk
    from strongroom.runtime import registry

    row, submission = key_desk.submit_ssh_key(
        login,
        read_file(file),
        file_name=Path(file).name if file != "-" else "",
        rules=registry.desk_rules(opened.settings),
        act=opened.act(),
    )
    public = submission.key
    show_one(
        {
            "fingerprint": public.fingerprint_sha256,
            "md5": public.fingerprint_md5,
            "words": public.words,
            "algorithm": public.algorithm,
            "bits": public.bits,
            "label": row.label,
            "state": row.state,
            "repaired": [repair.value for repair in submission.repairs],
            "was_guessed": submission.needs_confirmation,
        },
        as_json=as_json,
    )
    if not as_json:
        click.echo(
            "Next: compare the fingerprint, or the words, with the client by telephone, then:"
        )
        click.echo(f"  strongroom key approve {login} {public.fingerprint_sha256}")


@key.command()
@click.argument("login")
@click.argument("fingerprint")
@click.option("--allow", multiple=True, metavar="CIDR", help="Allow this too. Repeatable.")
@click.option("--allow-proposed", is_flag=True, help="Allow the addresses that came with the key.")
@pass_context
@answering
def approve(
    context: Context,
    login: str,
    fingerprint: str,
    allow: tuple[str, ...],
    *,
    allow_proposed: bool,
) -> None:
    """Let the key with exactly FINGERPRINT open LOGIN."""
    opened = context.open()
    from strongroom.runtime.approving import Addresses, approve_key
    from strongroom.runtime.key_rows import words_of

    done = approve_key(
        login,
        fingerprint,
        Addresses(allow, with_proposed=allow_proposed),
        opened.settings,
        act=opened.act(),
    )
    row = done.key
    proof = "its possession was proved" if row.is_possession_proved else "possession not proved"
    click.echo(f"Approved {row.fingerprint} for {login}; {proof}.")
    click.echo(f"Its words: {words_of(row)}")
    if done.added:
        click.echo(f"{login} may enter from {', '.join(done.added)} too.")
    for refused in done.refused:
        click.echo(f"{refused.code}: {refused}", err=True)


@key.command()
@click.argument("login")
@click.argument("fingerprint")
@reason_option
@pass_context
@answering
def reject(context: Context, login: str, fingerprint: str, reason: str) -> None:
    """Turn the pending key with FINGERPRINT down, and the PGP key that came with it.

    The reason stands in the notice, and the recipient's strongbox shows it.
    """
    opened = context.open()
    from strongroom.messages.enrolment_desk import reject_keys

    row, certificate = reject_keys(login, fingerprint, reason=reason, act=opened.act())
    click.echo(f"Rejected {row.fingerprint} for {login}.")
    if certificate is not None:
        click.echo(f"Rejected the PGP key {certificate.fingerprint} too, which came with it.")


@key.command()
@click.argument("login")
@click.argument("fingerprint")
@pass_context
@answering
def revoke(context: Context, login: str, fingerprint: str) -> None:
    """End the key with FINGERPRINT for good; its sessions end within seconds."""
    opened = context.open()
    from strongroom.directory import ssh_keys
    from strongroom.messages import key_desk

    row = key_desk.revoke_ssh_key(login, fingerprint, act=opened.act())
    click.echo(f"Revoked {row.fingerprint} of {login}; its sessions end within seconds.")
    for heir in ssh_keys.vouched_by(row):
        click.echo(
            f"It vouched for {heir.fingerprint}, which is {heir.state}. Was the revoked key "
            f"stolen? Then: strongroom key revoke {login} {heir.fingerprint}",
            err=True,
        )


@key.command("list")
@click.argument("login")
@as_json_option
@pass_context
@answering
def list_(context: Context, login: str, *, as_json: bool) -> None:
    """List the keys of LOGIN, a line for each; all there is to know is in `key show` and --json."""
    opened = context.open()
    from strongroom.directory.recipients import find_recipient
    from strongroom.runtime.key_rows import narrow_ssh_key_row, ssh_key_row

    found = find_recipient(login).ssh_keys.order_by("submitted_at")
    at, row_of = opened.act().at, ssh_key_row if as_json else narrow_ssh_key_row
    show((row_of(row, at) for row in found), as_json=as_json, empty=f"{login} has no keys.")


@key.command("show")
@click.argument("login")
@click.argument("fingerprint")
@as_json_option
@pass_context
@answering
def show_(context: Context, login: str, fingerprint: str, *, as_json: bool) -> None:
    """Show all of one key; a pending key that was already tried shows when."""
    opened = context.open()
    from strongroom.directory.ssh_keys import find_key
    from strongroom.runtime.key_rows import ssh_key_row

    show_one(ssh_key_row(find_key(login, fingerprint), opened.act().at), as_json=as_json)
