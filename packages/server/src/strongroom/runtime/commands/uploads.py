"""`strongroom upload`: what recipients sent in."""

from pathlib import Path

import click

from strongroom.runtime.commands.context import (
    Context,
    answering,
    as_json_option,
    pass_context,
    show,
)


@click.group()
def upload() -> None:
    """What recipients sent in: list and save."""


@upload.command("list")
@click.argument("login", required=False)
@as_json_option
@pass_context
@answering
def list_(context: Context, login: str | None, *, as_json: bool) -> None:
    """List what recipients sent in, or LOGIN alone, newest first.

    `whole` files can be saved; `part` means that the upload has not ended; `removed` was taken
    back by its sender, and what had arrived whole can still be saved.
    """
    context.open()
    from strongroom.runtime import upload_rows

    show(upload_rows.rows(login), as_json=as_json, empty="Nothing was sent in.")


@upload.command()
@click.argument("upload_id", metavar="ID")
@click.argument("file", type=click.Path(path_type=Path))
@pass_context
@answering
def save(context: Context, upload_id: str, file: Path) -> None:
    """Write the upload ID into the new FILE; the first 8 characters of the ID are enough.

    FILE is readable by you alone and never overwrites anything. Treat what is in it as a
    stranger's: it was not looked into.
    """
    opened = context.open()
    from strongroom.runtime import registry, upload_rows

    storage = registry.build_storage(opened.settings, opened.home)
    row = upload_rows.find(upload_id)
    upload_rows.save(row, file, storage, opened.act())
    click.echo(f"Wrote {row.size} bytes to {file}. SHA-256 {row.sha256}")
