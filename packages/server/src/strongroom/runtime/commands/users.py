"""`strongroom user`: people with a login to the portal, and their rights at accounts.

What locking, closing and suspicion mean is in `strongroom.login`; the rows shown are made in
`runtime.user_rows`.
"""

from datetime import timedelta

import click

from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show,
    show_one,
)
from strongroom.runtime.commands.temporary_codes import temporary_code

_ROLES = ("primary", "second", "attorney", "attorney-second")
_MOST_LINES = 200


@click.group()
def user() -> None:
    """People with a login: invite, lock, close, rights, history."""


user.add_command(temporary_code)


@user.command()
@click.option("--name", "full_name", required=True, help="The person's full name.")
@click.option("--email", required=True, help="Where the invitation goes.")
@click.option("--language", type=click.Choice(["en", "ja"]), default="en", show_default=True)
@click.option("--residence", default="", metavar="JP", help="Decides about opting out.")
@click.option("--identity", default="", help="The firm's own reference of the person.")
@click.option("--at", "places", multiple=True, nargs=2, type=(str, click.Choice(_ROLES)),
              metavar="U1234567 ROLE",
              help="A place at an account: primary, second, attorney or attorney-second. "
              "Repeatable.")  # fmt: skip
@click.option("--print-link", is_flag=True, help="Show the link that was sent; it is a secret.")
@as_json_option
@pass_context
@answering
def invite(  # noqa: PLR0913, PLR0917 - one for each option
    context: Context,
    full_name: str,
    email: str,
    language: str,
    residence: str,
    identity: str,
    places: tuple[tuple[str, str], ...],
    *,
    print_link: bool,
    as_json: bool,
) -> None:
    """Invite a person to become a user; the link is good for seven days."""
    opened = context.open()
    from strongroom.directory.models import Role
    from strongroom.directory.user_invitations import Person
    from strongroom.messages import user_desk
    from strongroom.runtime import portal_address
    from strongroom.runtime.login_house import build_login_house
    from strongroom.runtime.user_rows import invitation_row

    portal_address.site_of(opened.settings)
    person = Person(full_name, email, language, residence, identity)
    wanted = [(number, Role(role)) for number, role in places]
    house = build_login_house(opened.settings, opened.home)
    made, link = user_desk.invite(person, wanted, house, opened.act())
    row = invitation_row(made)
    if print_link:
        row["link"] = link.reveal()
    if as_json:
        show_one(row, as_json=True)
        return
    click.echo(f"Invitation {made.pk} goes to {made.email}, good until {made.expires_at:%Y-%m-%d}.")
    if print_link:
        click.echo(link.reveal())


@user.command()
@as_json_option
@pass_context
@answering
def invitations(context: Context, *, as_json: bool) -> None:
    """List the invitations that nobody used yet."""
    opened = context.open()
    from strongroom.directory.user_invitations import open_ones
    from strongroom.runtime.user_rows import invitation_row

    rows = (invitation_row(one) for one in open_ones(opened.act().at))
    show(rows, as_json=as_json, empty="No invitation is open.")


@user.command()
@click.argument("number", type=int)
@pass_context
@answering
def uninvite(context: Context, number: int) -> None:
    """Take invitation NUMBER back."""
    opened = context.open()
    from strongroom.directory import user_invitations

    user_invitations.uninvite(number, act=opened.act())
    click.echo(f"Invitation {number} is no longer good.")


@user.command("list")
@click.option("--account", metavar="U1234567", help="Only the users of this account.")
@as_json_option
@pass_context
@answering
def list_(context: Context, account: str | None, *, as_json: bool) -> None:
    """List users."""
    context.open()
    from strongroom.runtime.user_rows import user_rows

    show(user_rows(account), as_json=as_json, empty="There are no users.")


@user.command("show")
@click.argument("name")
@as_json_option
@pass_context
@answering
def show_(context: Context, name: str, *, as_json: bool) -> None:
    """Show one user: rights, factors, locks and what other systems are told."""
    opened = context.open()
    from strongroom.directory.users import find_user
    from strongroom.runtime.user_rows import details_of

    show_one(details_of(find_user(name), opened.act().at), as_json=as_json)


@user.command()
@click.argument("name")
@pass_context
@answering
def lock(context: Context, name: str) -> None:
    """Lock NAME until it is unlocked; its sessions end."""
    opened = context.open()
    from strongroom.directory.users import find_user
    from strongroom.login import standings
    from strongroom.login.presence import web_sessions
    from strongroom.runtime.login_house import build_login_house

    found, act = find_user(name), opened.act()
    standings.lock(found, build_login_house(opened.settings, opened.home), act)
    web_sessions.end_all(found, "locked", act)
    click.echo(f"{name} is locked. To lift it: strongroom user unlock {name}")


@user.command()
@click.argument("name")
@pass_context
@answering
def unlock(context: Context, name: str) -> None:
    """Lift every lock of NAME, once the person's identity was verified."""
    opened = context.open()
    from strongroom.directory.users import find_user
    from strongroom.login import standings

    standings.unlock(find_user(name), opened.act())
    click.echo(f"{name} is not locked.")


@user.command("restore-factor")
@click.argument("name")
@click.argument("kind", metavar="KIND")
@pass_context
@answering
def restore_factor(context: Context, name: str, kind: str) -> None:
    """Let NAME use a suspended factor again, once the person's identity was verified.

    KIND is as `user show` says it: sms, card, totp, passkey and so on.
    """
    opened = context.open()
    from strongroom.directory.users import find_user
    from strongroom.login.factors import activating, enrolments

    count = 0
    for row in enrolments.suspended(find_user(name), kind):
        activating.restore(row, opened.act())
        count += 1
    click.echo(f"{name} can use {count} suspended factor(s) of the kind {kind} again.")


@user.command()
@click.argument("name")
@pass_context
@answering
def close(context: Context, name: str) -> None:
    """Close NAME for good: it may read what there is and change nothing."""
    opened = context.open()
    from strongroom.messages import user_desk
    from strongroom.runtime.login_house import build_login_house

    user_desk.close(name, build_login_house(opened.settings, opened.home), opened.act())
    click.echo(f"{name} is closed and can only read.")


@user.command()
@click.argument("name")
@click.option("--give", nargs=2, type=(str, click.Choice(_ROLES)), metavar="U1234567 ROLE",
              help="Give NAME a place at an account.")  # fmt: skip
@click.option("--take", metavar="U1234567", help="Take the place at an account away.")
@as_json_option
@pass_context
@answering
def rights(
    context: Context, name: str, give: tuple[str, str] | None, take: str | None, *, as_json: bool
) -> None:
    """Show the rights of NAME, after changing them."""
    opened = context.open()
    from strongroom.directory import users
    from strongroom.directory.models import Role
    from strongroom.runtime.user_rows import right_rows

    if take:
        users.take_right(name, take, act=opened.act())
    if give:
        users.give_right(name, give[0], Role(give[1]), act=opened.act())
    found = users.find_user(name)
    show(right_rows(found), as_json=as_json, empty=f"{name} has no rights.")


@user.command()
@click.argument("name")
@as_json_option
@pass_context
@answering
def history(context: Context, name: str, *, as_json: bool) -> None:
    """Show the logins, refusals and changes of NAME, the newest first."""
    context.open()
    from strongroom.directory.users import find_user
    from strongroom.runtime.user_rows import history_rows

    rows = history_rows(find_user(name), most=_MOST_LINES)
    show(rows, as_json=as_json, empty=f"{name} has no history yet.")


@user.command("end-sessions")
@click.argument("name")
@pass_context
@answering
def end_sessions(context: Context, name: str) -> None:
    """Sign NAME out everywhere."""
    opened = context.open()
    from strongroom.directory.users import find_user
    from strongroom.login.presence import web_sessions

    count = web_sessions.end_all(find_user(name), "by-operator", opened.act())
    click.echo(f"Ended {count} session(s) of {name}.")


@user.command()
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 90), default=7, show_default=True,
              help="Suspend factors and lists of addresses that are newer.")  # fmt: skip
@as_json_option
@pass_context
@answering
def suspicious(context: Context, name: str, days: int, *, as_json: bool) -> None:
    """Lock NAME, end what is open, suspend what is new, and list what to review."""
    opened = context.open()
    from strongroom.directory.users import find_user
    from strongroom.login.safety.suspicion import suspect
    from strongroom.runtime.login_house import build_login_house
    from strongroom.runtime.user_rows import lead_rows

    act = opened.act()
    house = build_login_house(opened.settings, opened.home)
    review = suspect(find_user(name), act.at - timedelta(days=days), house, act)
    if not as_json:
        _say_review(name, review.sessions, review.browsers)
    show(lead_rows(review), as_json=as_json, empty="Nothing else changed in this time.")


def _say_review(name: str, sessions: int, browsers: int) -> None:
    click.echo(f"{name} is locked; {sessions} session(s) and {browsers} trusted browser(s) ended.")
    click.echo("Review the following with the person, once the identity is verified, then:")
    click.echo(f"  strongroom user unlock {name}")
    click.echo("What was suspended stays so; where nothing is left to sign in with, also:")
    click.echo(f"  strongroom user temporary-code {name}")
