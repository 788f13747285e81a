"""What `sync` and `watch` share: their options, and running for one profile or for all.

The runs themselves are in `strongbox.sync`.
"""

import functools
import os
import shlex
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click
from strongroom_formats.one_line import clean_text

from strongbox.commands.rim import print_json
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile
from strongbox.refusal import Exit, Refused
from strongbox.words import say

if TYPE_CHECKING:
    from strongbox.sync.events import Event
    from strongbox.sync.rounds import Round
    from strongbox.sync.summary import Summary

_LONGEST = 4000

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked of runs; an empty `hook` leaves the profile's."""

    profile_name: str
    is_all: bool
    hook: tuple[str, ...] = ()
    hook_limit: float = 300.0
    budget: float | None = None
    keeps_sealed: bool = False
    is_told: bool = False
    as_json: bool = False

    def profiles(self, box: Box) -> list[Profile]:
        """The profiles to run for. Raises Refused (PROFILE-…)."""
        if self.is_all and files.names(box):
            return [files.load(box, name) for name in files.names(box)]
        return [files.load(box, self.profile_name)]


_OPTIONS = (
    click.option("--all", "is_all", is_flag=True, help=say("Every profile, one after the other.")),
    click.option(
        "--hook",
        metavar=say("COMMAND"),
        default="",
        help=say("A program to run for each statement, in place of the profile's."),
    ),
    click.option(
        "--hook-limit",
        type=click.FloatRange(min=1),
        metavar=say("SECONDS"),
        default=300.0,
        show_default=True,
        help=say("How long the hook may take for one statement."),
    ),
    click.option(
        "--budget",
        type=click.FloatRange(min=1),
        metavar=say("SECONDS"),
        help=say("Begin nothing new after so long; what is left comes next time."),
    ),
    click.option(
        "--keep-encrypted",
        "keeps_sealed",
        is_flag=True,
        help=say("Keep the encrypted original beside the opened file."),
    ),
    click.option(
        "--ack", "is_told", is_flag=True, help=say("Tell the firm what was processed, as `ack`.")
    ),
)


def wish_options(command: Callable[..., Answer]) -> Callable[..., Answer]:
    """Give a command the options of a run; it gets them as one `wish`."""

    @functools.wraps(command)
    def run(*args: object, profile_name: str, as_json: bool, hook: str, **given: object) -> Answer:
        own = {name: given.pop(name) for name in tuple(given) if name not in _NAMES}
        words = tuple(shlex.split(hook))
        wish = Wish(profile_name=profile_name, as_json=as_json, hook=words, **given)  # type: ignore[arg-type]  # click has checked the types
        return command(*args, wish=wish, **own)

    for option in reversed(_OPTIONS):
        run = option(run)
    return run


_NAMES = frozenset({"is_all", "hook_limit", "budget", "keeps_sealed", "is_told"})


def ask_and_read(profile: Profile, tell: "Callable[[Event], None]", box: Box) -> "Round":
    """Everything for runs of a profile; keys are read, and a passphrase asked, here."""
    from strongbox.sync.rounds import Round
    from strongbox.sync.sessions import asking, login_keys, open_session

    ask = asking(profile)
    keys = login_keys(profile, ask)
    return Round(
        box=box,
        profile=profile,
        connector=lambda: open_session(box, profile, keys, tell=tell),
        ask=ask,
        tell=tell,
    )


def with_options(one: "Round", wish: Wish, *, has_progress: bool) -> "Round":
    """The round as a person wishes it."""
    from dataclasses import replace

    from strongbox.sync.hooks import Hook, plain_argv
    from strongbox.sync.running import Options

    argv = wish.hook or one.profile.hook
    hook = Hook(plain_argv(argv), wish.hook_limit, environment=dict(os.environ)) if argv else None
    options = Options(
        hook=hook,
        budget=wish.budget,
        keeps_sealed=wish.keeps_sealed,
        has_progress=has_progress,
    )
    return replace(one, options=options)


def stoppable(work: Coroutine[object, object, Answer]) -> Answer:
    """Run to the end, or until a signal asks to stop. Raises Refused."""
    from strongbox.sync.stopping import run_stoppable

    return run_stoppable(work)


def tell_firm(one: "Round") -> int:
    """Acknowledge what was handed over; how many the firm recorded. Raises Refused, OSError.

    A firm without web service is told nothing: many a profile of `--all` has none.
    """
    from strongbox.sync.acknowledging import tell_firm as tell
    from strongbox.sync.acknowledging import waiting
    from strongbox.sync.ledger import open_ledger
    from strongbox.sync.sessions import login_keys

    profile = one.profile
    if not profile.help.url:
        return 0
    with open_ledger(one.box.state(profile.name) / "ledger.sqlite3") as ledger:
        records = waiting(ledger, profile, ())
        if not records:
            return 0
        key = login_keys(profile, one.ask)[-1]
        return tell(profile, key, ledger, records).recorded


def print_end(name: str, summary: "Summary", *, as_json: bool) -> None:
    """Say how a run went."""
    facts = {
        "landed": summary.landed,
        "reissued": summary.reissued,
        "handed_over": summary.handed_over,
        "missing": len(summary.missing),
        "not_taken": len(summary.told),
        "changing": summary.changing,
        "unlisted": summary.unlisted,
    }
    worst = summary.worst
    if as_json:
        code, status = ("", 0) if worst is None else (worst.code, int(worst.kind.exit))
        print_json({"event": "ended", "profile": name, **facts, "code": code, "exit": status})
        return
    text = say("{landed} new, {missing} missing.", **facts)
    if summary.told:
        text = say("{landed} new, {missing} missing, {not_taken} not taken.", **facts)
    click.echo(f"{name}: {text}", err=True)
    for refused in summary.refused:
        if refused not in summary.told:
            print_refused(refused)


def print_refused(refused: Refused) -> None:
    """Say on stderr what went wrong, and go on."""
    click.echo(f"{refused.code}: {clean_text(str(refused), _LONGEST)}", err=True)


def worst_status(found: list[Refused]) -> int:
    """The exit status of several runs."""
    from strongbox.sync.summary import worst_of

    worst = worst_of(found)
    return int(Exit.OK if worst is None else worst.kind.exit)
