"""`strongbox enrol`: everything from the firm's invitation to the first opened statement.

What is done, and in which order, is in `enrolment`; here is what a person reads and answers.
"""

import sys
from pathlib import Path

import click

from strongbox.commands.rim import answering, as_json_option, pass_box, passphrase_option
from strongbox.profiles.box import Box
from strongbox.words import say

_LONGEST_WAIT = 8 * 24 * 3600


@click.command(
    help=say(
        "Set everything up from the firm's invitation: its link, CODE@HOST, a file, or - for "
        "standard input.\n\n"
        "It shows who invites and what will be sent, makes the keys on this machine, sends the "
        "public halves only, waits for the firm's approval, and proves with a test statement that "
        "all of it works. A run that was stopped goes on where it was."
    )
)
@click.argument("invitation", required=False, metavar=say("[INVITATION]"))
@click.option("--resume", is_flag=True, help=say("Go on with an enrolment that was begun here."))
@click.option("--forget", is_flag=True, help=say("Give up an enrolment that was begun here."))
@click.option(
    "--profile",
    "name",
    default="",
    metavar=say("NAME"),
    help=say("What the profile will be called; the firm's name otherwise."),
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    help=say("Use this private key instead of making one; it stays where it is."),
)
@click.option("--pgp", is_flag=True, help=say("Make an OpenPGP pair even if the firm needs none."))
@passphrase_option(default="")
@click.option("--no-passphrase", is_flag=True, help=say("Leave new keys without a passphrase."))
@click.option(
    "--landing",
    type=click.Path(path_type=Path, file_okay=False),
    help=say("Where statements will land; ~/statements/NAME otherwise."),
)
@click.option(
    "--address",
    "addresses",
    multiple=True,
    metavar=say("IP"),
    help=say("An address that logins come from; the one that the firm sees otherwise."),
)
@click.option(
    "--export",
    "programs",
    multiple=True,
    metavar=say("PROGRAM"),
    help=say("Write files for this program at the end; see `strongbox profile export`."),
)
@click.option(
    "--schedule", "has_schedule", is_flag=True, help=say("Set up the daily run at the end.")
)
@click.option("--yes", is_flag=True, help=say("Agree to what is shown; for programs."))
@click.option(
    "--wait",
    "seconds",
    type=click.FloatRange(min=0),
    default=float(_LONGEST_WAIT),
    metavar=say("SECONDS"),
    help=say("How long to wait for the approval."),
)
@as_json_option
@pass_box
@answering
def enrol(  # noqa: PLR0913 - one parameter for each option
    box: Box,
    invitation: str | None,
    *,
    resume: bool,
    forget: bool,
    name: str,
    key: Path | None,
    pgp: bool,
    secret: str,
    no_passphrase: bool,
    landing: Path | None,
    addresses: tuple[str, ...],
    programs: tuple[str, ...],
    has_schedule: bool,
    yes: bool,
    seconds: float,
    as_json: bool,
) -> None:
    """Begin or go on, and say how it ended."""
    from strongbox.commands.enrol_offers import Offers, offer
    from strongbox.commands.enrol_screen import screen
    from strongbox.enrolment import progress, refusals, running
    from strongbox.enrolment.invitations import read_invitation
    from strongbox.enrolment.ports import Step

    if [resume, forget, invitation is not None].count(True) != 1:
        raise refusals.ENROL_WHAT.because()
    person = screen(as_json=as_json, has_agreed=yes)
    if forget:
        running.give_up(box, progress.name_of(box, name), person)
        return
    if invitation is None:
        enrolment = progress.only_one(box, name)
    else:
        invited = read_invitation(invitation)
        way = _way(secret, is_open=no_passphrase, has_key=key is not None and not pgp)
        wish = running.Wish(name, key, pgp, way, landing, addresses)
        enrolment = running.begin(box, invited, wish, person)
    enrolled = running.go_on(box, enrolment, person, seconds=seconds)
    profile = enrolled.profile
    person.tell(Step.DONE, {"profile": profile.name, "landing": profile.landing})
    may_ask = sys.stdin.isatty() and not (yes or as_json)
    offer(box, profile.name, Offers(programs, has_schedule, may_ask, as_json))


def _way(secret: str, *, is_open: bool, has_key: bool) -> str:
    """Where passphrases come from; a program has to say it, a person can be asked."""
    from strongbox.enrolment import refusals

    if secret and is_open:
        raise refusals.ENROL_LOCK_TWICE.because()
    if secret or is_open:
        return secret or "none"
    if sys.stdin.isatty():
        return "ask"
    if has_key:
        return "none"
    raise refusals.ENROL_LOCK_CHOICE.because()
