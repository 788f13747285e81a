"""`strongbox profile list`, `show` and `remove`: what is known of firms, and forgetting one.

No passphrase is asked for, and nothing private is shown.
"""

from typing import TYPE_CHECKING

import click

from strongbox.commands.rim import answering, as_json_option, pass_box, print_json, print_pairs
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from strongbox.profiles.profile import Profile

_name_argument = click.argument("name", required=False, default="", metavar=say("[NAME]"))


@click.command("list", help=say("List the profiles."))
@as_json_option
@pass_box
@answering
def list_(box: Box, *, as_json: bool) -> None:
    """One line for each."""
    from strongroom_formats.one_line import clean_text

    for name in files.names(box):
        profile = files.load(box, name)
        row = {
            "name": name,
            "firm": profile.firm,
            "host": profile.host,
            "port": profile.port,
            "login": profile.login,
        }
        if as_json:
            print_json(row)
        else:
            where = f"{profile.login}@{profile.host}:{profile.port}"
            click.echo(clean_text(f"{name}  {where}  {profile.firm}".rstrip(), 500))


@click.command("show", help=say("Show a profile."))
@_name_argument
@as_json_option
@pass_box
@answering
def show(box: Box, *, name: str, as_json: bool) -> None:
    """Everything but what is private."""
    profile = files.load(box, name)
    if as_json:
        print_json({**_facts(profile), "backup_rehearsed_at": _rehearsed_at(box, profile.name)})
        return
    at = _rehearsed_at(box, profile.name)
    day = say("never here") if at is None else f"{at:%Y-%m-%d}"
    print_pairs({**_rows(profile), say("Back-up rehearsed"): day})


@click.command("remove", help=say("Forget a profile; its files stay."))
@click.argument("name", metavar=say("NAME"))
@pass_box
@answering
def remove(box: Box, *, name: str) -> None:
    """Keys, ledger and statements stay."""
    files.remove(box, name)
    click.echo(
        say(
            "The profile {name} is forgotten. Its keys are still in {keys}, and statements stay "
            "where they landed.",
            name=name,
            keys=box.keys(name),
        )
    )


def _facts(profile: "Profile") -> dict[str, object]:
    """What `--json` says; the names are stable."""
    import dataclasses

    facts: dict[str, object] = dataclasses.asdict(profile)
    facts["host_key_fingerprints"] = _fingerprints(profile)
    return facts


def _rows(profile: "Profile") -> dict[str, object]:
    keys, calendar = profile.keys, profile.calendar
    rows: dict[str, object] = {
        say("Firm"): profile.firm or "-",
        say("Server"): f"{profile.host}:{profile.port}",
        say("Login"): profile.login,
        say("Host keys"): ", ".join(_fingerprints(profile)),
        say("SSH key"): keys.ssh,
    }
    if keys.next_ssh is not None:
        rows[say("Next SSH key")] = keys.next_ssh
    rows[say("OpenPGP keys")] = ", ".join(map(str, keys.pgp)) or "-"
    rows[say("Passphrases from")] = keys.secret
    rows[say("Landing")] = profile.landing
    rows[say("Expected by")] = f"{calendar.expected_by or '-'} ({calendar.time_zone})"
    rows[say("Web service")] = profile.help.url or "-"
    return rows


def _rehearsed_at(box: Box, name: str) -> "datetime | None":
    """When a back-up was last proven to work, None for never on this machine."""
    from strongbox.backup.last_rehearsal import last_rehearsal

    last = last_rehearsal(box, name)
    return None if last is None else last.at


def _fingerprints(profile: "Profile") -> list[str]:
    from strongbox.wire.pinned import pinned_keys

    return [key.fingerprint_sha256 for key in pinned_keys(profile.host_keys)]
