"""`strongbox ack`: tell the firm that statements were processed.

What is told, and what is kept of it, is in `strongbox.sync.acknowledging`.
"""

import click
from strongroom_formats.one_line import clean_text

from strongbox.commands.rim import (
    answering,
    as_json_option,
    pass_box,
    print_json,
    profile_option,
)
from strongbox.profiles import files
from strongbox.profiles.box import Box
from strongbox.words import say


@click.command(
    help=say(
        "Tell the firm that statements were processed: those that were handed over, or only "
        "the named ones. The firm sees it beside the statement."
    )
)
@click.argument("names", nargs=-1, metavar=say("[NAME]..."))
@profile_option
@as_json_option
@pass_box
@answering
def ack(box: Box, *, names: tuple[str, ...], profile_name: str, as_json: bool) -> None:
    """Acknowledge what is not acknowledged yet."""
    from strongbox.api.endpoint import endpoint_of
    from strongbox.sync.acknowledging import tell_firm, waiting
    from strongbox.sync.ledger import open_ledger
    from strongbox.sync.sessions import asking, login_keys

    profile = files.load(box, profile_name)
    endpoint_of(profile)  # a firm without web service takes no acknowledgements
    with open_ledger(box.state(profile.name) / "ledger.sqlite3") as ledger:
        records = waiting(ledger, profile, names)
        key = login_keys(profile, asking(profile))[-1]
        told = tell_firm(profile, key, ledger, records)
    if as_json:
        print_json({"recorded": told.recorded, "unknown": told.unknown})
        return
    click.echo(say("{count} statements acknowledged.", count=told.recorded))
    for one in told.unknown:
        click.echo(say("The firm does not know {id}.", id=clean_text(one)), err=True)
