"""`strongroom audit`: the log of everything that matters, verified and exported."""

import sys
from pathlib import Path
from typing import Any

import click

from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show_one,
)

_WORTH_A_BAR = 50_000


@click.group()
def audit() -> None:
    """The audit log: verify and export it."""


@audit.command()
@as_json_option
@pass_context
@answering
def verify(context: Context, *, as_json: bool) -> None:
    """Check that no record was changed, removed, moved or added.

    Every record's hash covers the one before it, and every issued manifest carries the log's
    newest hash out of the firm's reach; both are checked. Ends with status 65 and names the exact
    first bad row if something is wrong.
    """
    opened = context.open()
    from strongroom.audit.reads import head
    from strongroom.runtime import audit_check

    with _progress(head()[0], "Verifying") as bar:
        found = audit_check.verify_everything(opened.home, told=bar.update)
    if as_json:
        show_one({"records": found.seq, "head": found.hash, "anchors": found.anchors}, as_json=True)
        return
    click.echo(
        f"The audit log is whole: {found.seq} records, {found.anchors} signed manifests agree."
    )
    click.echo(f"Head: {found.seq} {found.hash}")


@audit.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write FILE and its signature FILE.sig instead of printing.",
)
@pass_context
@answering
def export(context: Context, out: Path | None) -> None:
    """Write the log as JSON Lines; docs/formats/audit.md says how anyone can check it.

    The signature is by the firm's evidence key, for the namespace audit@strongroom.
    """
    opened = context.open()
    from strongroom.audit import reads
    from strongroom.runtime import audit_check

    if out is None:
        sys.stdout.buffer.writelines(reads.export())
        sys.stdout.buffer.flush()
        return
    with _progress(reads.head()[0], "Exporting") as bar:
        count = audit_check.export_signed(opened.home, out, told=bar.update)
    click.echo(
        f"Wrote {count} records to {out} and the signature to {audit_check.signature_of(out)}."
    )


def _progress(records: int, label: str) -> Any:  # Any: click's progress bar has no type to name
    hidden = records < _WORTH_A_BAR
    return click.progressbar(length=records, label=label, file=sys.stderr, hidden=hidden)
