"""`strongbox watch`: go on fetching as statements appear.

The polling is in `strongbox.sync.watching`.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from strongbox.commands import fetching
from strongbox.commands.fetching import Wish, wish_options
from strongbox.commands.rim import answering, as_json_option, pass_box, profile_option
from strongbox.profiles.box import Box
from strongbox.refusal import Refused
from strongbox.words import say

if TYPE_CHECKING:
    from strongbox.sync.rounds import Round


@click.command(
    help=say(
        "Go on fetching as statements appear, until it is stopped.\n\n"
        "It keeps one connection while it lasts, and connects again when it does not."
    )
)
@profile_option
@as_json_option
@click.option(
    "--every",
    type=click.FloatRange(min=1),
    metavar=say("SECONDS"),
    default=60.0,
    show_default=True,
    help=say("How long to wait between two looks."),
)
@wish_options
@pass_box
@answering
def watch(box: Box, *, wish: Wish, every: float) -> None:
    """Watch one profile or all, at once."""
    from strongbox.commands.telling import Teller
    from strongbox.sync.refusals import SYNC_STOPPED
    from strongbox.sync.together import together
    from strongbox.sync.watching import watch_rounds

    teller = Teller(as_json=wish.as_json, is_watching=True)
    rounds = [
        fetching.with_options(
            fetching.ask_and_read(profile, teller.tell, box), wish, has_progress=False
        )
        for profile in wish.profiles(box)
    ]

    def after(one: "Round") -> Callable[[], object] | None:
        return partial(fetching.tell_firm, one) if wish.is_told else None

    async def all_of_them() -> None:
        await together(watch_rounds(one, every=every, after=after(one)) for one in rounds)

    try:
        fetching.stoppable(all_of_them())
    except KeyboardInterrupt:
        return  # To be stopped is how a watch ends.
    except Refused as refused:
        if refused.kind is not SYNC_STOPPED:
            raise
