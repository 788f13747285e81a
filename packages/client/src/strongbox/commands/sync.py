"""`strongbox sync`: fetch what is new, verified, and hand each statement over once.

The run itself is in `strongbox.sync`.
"""

import sys
from typing import TYPE_CHECKING

import click

from strongbox.commands import fetching
from strongbox.commands.fetching import Wish, wish_options
from strongbox.commands.rim import answering, as_json_option, pass_box, profile_option
from strongbox.profiles.box import Box
from strongbox.profiles.profile import Profile
from strongbox.refusal import Refused
from strongbox.words import say

if TYPE_CHECKING:
    from strongbox.sync.summary import Summary


@click.command(
    help=say(
        "Fetch what is new, verified, once; and say what is missing.\n\n"
        "Each statement lands in a folder of its own with entry.json and, written last, "
        "_COMPLETE. Run it as often as you like."
    )
)
@profile_option
@as_json_option
@click.option("--fail-if-none", is_flag=True, help=say("End with 66 when there was nothing new."))
@wish_options
@pass_box
@answering
def sync(box: Box, *, wish: Wish, fail_if_none: bool) -> None:
    """Run for one profile or for all; one that fails does not stop the others."""
    from strongbox.sync import refusals

    failed: list[Refused] = []
    landed = 0
    for profile in wish.profiles(box):
        try:
            summary = _run(box, profile, wish)
        except Refused as refused:
            fetching.print_refused(refused)
            failed.append(refused)
            continue
        landed += summary.landed
        failed += summary.refused
    if fail_if_none and not landed and not failed:
        raise refusals.SYNC_NONE.because()
    sys.exit(fetching.worst_status(failed))


def _run(box: Box, profile: Profile, wish: Wish) -> "Summary":
    from strongbox.commands.telling import Teller
    from strongbox.sync.rounds import run_round

    teller = Teller(as_json=wish.as_json)
    try:
        one = fetching.ask_and_read(profile, teller.tell, box)
        one = fetching.with_options(one, wish, has_progress=teller.has_bar)
        summary = fetching.stoppable(run_round(one))
    finally:
        teller.end()
    if wish.is_told:
        fetching.tell_firm(one)
    fetching.print_end(profile.name, summary, as_json=wish.as_json)
    return summary
