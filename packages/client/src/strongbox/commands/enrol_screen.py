"""What a person sees and answers while enrolling, and the events that a program reads instead.

When something is told is decided in `enrolment`.
"""

import sys
from collections.abc import Mapping
from datetime import datetime
from enum import Enum

import click
from strongroom_formats.one_line import clean_text

from strongbox.commands.rim import print_json
from strongbox.enrolment.ports import Person, Step
from strongbox.enrolment.refusals import ENROL_NOT_AGREED
from strongbox.words import mark, say

_LONGEST = 4000
_NEXT_LINE = "\n" + 16 * " "
"""Below the first of several facts, in the column of the invitation's table."""

_TEXTS = {
    Step.INVITED: mark(
        "The firm        {firm}\n"
        "Its server      {host} port {port}, login {login}\n"
        "Its host keys   {host_keys}\n"
        "Your accounts   {accounts}\n"
        "Encryption      {pgp}\n"
        "Good until      {expires_at}\n\n"
        "To {api} will be sent: your new public keys, a signature that proves that you have the "
        "private ones, and the addresses that you connect from. No private key leaves this "
        "machine."
    ),
    Step.KEY_MADE: mark("Made the SSH key {fingerprint} ({kind}) in {path}."),
    Step.KEY_FOUND: mark("Using the SSH key {fingerprint} ({kind}) in {path}."),
    Step.PGP_MADE: mark("Made the OpenPGP key {fingerprint} in {path}."),
    Step.ADDRESSES: mark("Logins will come from {addresses}."),
    Step.SENT: mark(
        "Sent. The firm sees these words for your key; compare them by telephone:\n\n"
        "    {words}\n\n"
        "The fingerprint is {fingerprint}."
    ),
    Step.APPROVED: mark("The firm approved the key. Logins are allowed from {allowed}."),
    Step.CONNECTED: mark("Logged in to {server} with {fingerprint}."),
    Step.FORGOTTEN: mark(
        "This enrolment is forgotten, and the name {profile} is free. Keys that were made for it "
        "stay in {keys}."
    ),
    Step.OPENED: mark("Fetched and opened the test statement: {verdict}, {size} bytes."),
    Step.DONE: mark(
        "Done: the profile {profile} works.\n\n"
        "    strongbox sync --profile {profile}\n"
        "        fetches what is new, into {landing}\n"
        "    strongbox schedule install --profile {profile}\n"
        "        does that every morning\n"
        "    strongbox keys backup --profile {profile} keys.backup\n"
        "        keeps the keys safe; a lost key cannot be recovered\n"
        "    strongbox profile export filezilla --profile {profile}\n"
        "        sets up another program, such as FileZilla, WinSCP or rclone"
    ),
}
_WORDS = {
    "required": mark("required"),
    "off": mark("none"),
    "verified": mark("signed by the firm"),
    "unsigned": mark("decrypted, not signed"),
    "clear": mark("not encrypted"),
}
_PREPARING = mark("The firm is preparing the test statement ...")
_WAITING = mark("Waiting for the firm: {sentence} Ctrl-C stops waiting and loses nothing.")
_TROUBLE = mark("Still trying: {sentence}")


def screen(*, as_json: bool, has_agreed: bool) -> Person:
    """Return the person at this terminal, or the program that reads our output."""
    return _Events(has_agreed=has_agreed) if as_json else _Terminal(has_agreed=has_agreed)


class _Asked:
    """Agreement is given on the command line or at a terminal, never assumed."""

    def __init__(self, *, has_agreed: bool) -> None:
        self._has_agreed = has_agreed

    def agrees(self) -> bool:
        """See `Person`."""
        if self._has_agreed:
            return True
        if not sys.stdin.isatty():
            raise ENROL_NOT_AGREED.because()
        return click.confirm(say("Do you agree?"), err=True)


class _Events(_Asked):
    """One JSON object a line: `event`, and the facts that come with it."""

    def tell(self, step: Step, facts: Mapping[str, object]) -> None:
        """See `Person`."""
        print_json({"event": step.value, **facts})


class _Terminal(_Asked):
    """Sentences on stdout; the weather while waiting on stderr, on one line of a terminal."""

    def __init__(self, *, has_agreed: bool) -> None:
        super().__init__(has_agreed=has_agreed)
        self._passing = ""

    def tell(self, step: Step, facts: Mapping[str, object]) -> None:
        """See `Person`."""
        clean = {name: _shown(value) for name, value in facts.items()}
        match step:
            case Step.WAITING:
                self._pass_by(say(_WAITING, **clean))
            case Step.PREPARING:
                self._pass_by(say(_PREPARING))
            case Step.TROUBLE:
                self._pass_by(say(_TROUBLE, **clean))
            case _:
                self._end_line()
                click.echo(say(_TEXTS[step], **clean))

    def _pass_by(self, text: str) -> None:
        """Say it once; on a terminal in the place of what was said before."""
        if text == self._passing:
            return
        is_live = sys.stderr.isatty()
        if is_live and self._passing:
            click.echo("\r\x1b[K", nl=False, err=True)
        click.echo(text, nl=not is_live, err=True)
        self._passing = text

    def _end_line(self) -> None:
        if self._passing and sys.stderr.isatty():
            click.echo("", err=True)
        self._passing = ""


def _shown(value: object) -> str:
    """A fact as text that does nothing to a terminal; several are on a line each."""
    match value:
        case Enum():
            return say(_WORDS[str(value.value)])
        case tuple():
            return _NEXT_LINE.join(clean_text(str(one), _LONGEST) for one in value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case _:
            return clean_text(str(value), _LONGEST)
