"""`strongroom pgp-key`: recipients' OpenPGP certificates."""

import click

from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show,
    show_one,
)
from strongroom.runtime.commands.keys import read_file, reason_option


@click.group()
def pgp_key() -> None:
    """Recipients' PGP certificates: submit, approve, reject, revoke, list."""


@pgp_key.command()
@click.argument("login")
@click.argument("file", metavar="FILE|-")
@as_json_option
@pass_context
@answering
def submit(context: Context, login: str, file: str, *, as_json: bool) -> None:
    """Take the public certificate in FILE in for LOGIN; it waits for approval."""
    opened = context.open()
    from strongroom.runtime.certificates import submit_certificate
    from strongroom.runtime.key_rows import pgp_key_row

    act = opened.act()
    row = submit_certificate(login, read_file(file), act=act)
    show_one(pgp_key_row(row, act.at), as_json=as_json)
    if not as_json:
        click.echo(f"Next: strongroom pgp-key approve {login} {row.fingerprint}")
        _say_what_goes(login, row.fingerprint)


def _say_what_goes(login: str, fingerprint: str) -> None:
    """Before the approval, name the certificate that would end with it."""
    from strongroom.directory.pgp_keys import certificate_in_force

    old = certificate_in_force(login)
    if old is not None and old.fingerprint != fingerprint:
        click.echo(f"That replaces {old.fingerprint}: only the new key would open statements.")


@pgp_key.command()
@click.argument("login")
@click.argument("fingerprint")
@pass_context
@answering
def approve(context: Context, login: str, fingerprint: str) -> None:
    """Encrypt to the certificate with exactly FINGERPRINT from now on, and to no other.

    The certificate in force is replaced: it opens what was published before, and nothing new.
    """
    opened = context.open()
    from strongroom.runtime import registry
    from strongroom.statements.certificates import approve_certificate

    rules = registry.desk_rules(opened.settings)
    row = approve_certificate(login, fingerprint, rules=rules, act=opened.act())
    click.echo(f"Approved {row.fingerprint} for {login}; held statements are tried again.")
    if row.replaces is None:
        return
    if row.replaces.fingerprint == row.fingerprint:
        click.echo("It renews the certificate of the same key.")
        return
    click.echo(
        f"This replaces {row.replaces.fingerprint}. From now on only the new key opens {login}'s "
        "statements; those published before still need the old one."
    )


@pgp_key.command()
@click.argument("login")
@click.argument("fingerprint")
@reason_option
@pass_context
@answering
def reject(context: Context, login: str, fingerprint: str, reason: str) -> None:
    """Turn the pending certificate with FINGERPRINT down."""
    opened = context.open()
    from strongroom.messages.key_desk import reject_certificate

    row = reject_certificate(login, fingerprint, act=opened.act(), reason=reason)
    click.echo(f"Rejected {row.fingerprint} for {login}.")


@pgp_key.command()
@click.argument("login")
@click.argument("fingerprint")
@pass_context
@answering
def revoke(context: Context, login: str, fingerprint: str) -> None:
    """End the certificate with FINGERPRINT: statements are held until another is approved."""
    opened = context.open()
    from strongroom.statements.certificates import revoke_certificate

    row = revoke_certificate(login, fingerprint, act=opened.act())
    click.echo(f"Revoked {row.fingerprint} of {login}; its statements are held from now on.")


@pgp_key.command("list")
@click.argument("login")
@as_json_option
@pass_context
@answering
def list_(context: Context, login: str, *, as_json: bool) -> None:
    """List the certificates of LOGIN, a line for each; --json has all there is to know."""
    opened = context.open()
    from strongroom.directory.recipients import find_recipient
    from strongroom.runtime.key_rows import narrow_pgp_key_row, pgp_key_row

    found = find_recipient(login).pgp_keys.order_by("submitted_at")
    at, row_of = opened.act().at, pgp_key_row if as_json else narrow_pgp_key_row
    rows = (row_of(row, at) for row in found)
    show(rows, as_json=as_json, empty=f"{login} has no PGP certificates.")


@pgp_key.command()
@pass_context
@answering
def firm(context: Context) -> None:
    """Print the firm's own certificate, which signs what is encrypted; give it to recipients."""
    opened = context.open()
    click.echo((opened.home.keys / "firm_pgp.asc").read_bytes(), nl=False)
