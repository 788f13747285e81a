"""The `strongroom` command: its global options and its groups.

Each group lives in a module of its own and is imported when it is used, so help is quick.
"""

import importlib
from pathlib import Path

import click

from strongroom.rules.refusals import Exit
from strongroom.runtime.commands.context import Context, operator_name

_COMMANDS: dict[str, tuple[str, str]] = {
    "account": ("accounts", "Accounts of the firm's clients."),
    "attempts": ("attempts", "Refused connections, each with its cause in plain words."),
    "audit": ("audit", "The audit log: verify and export it."),
    "backup": ("backups", "Write everything into one encrypted file."),
    "card": ("cards", "Security cards: import a vendor's file, see orders, ship."),
    "check": ("checking", "Test settings, keys, clock, storage and database."),
    "demo": ("demo", "Run a whole delivery on this machine, with sample statements."),
    "firewall": ("firewall", "Packet-filter rules for real silence."),
    "host-key": ("host_keys", "The server's host keys: show and rotate them."),
    "init": ("init", "Make a home."),
    "key": ("keys", "Recipients' SSH keys: submit, approve, reject, revoke, list."),
    "manifest": ("manifests", "The signed daily lists."),
    "parked": ("parked", "Files that were set aside: list, assign and dismiss them."),
    "party": ("parties", "The firm's other systems that use this login."),
    "pgp-key": ("pgp_keys", "Recipients' PGP certificates."),
    "phone": ("phones", "People's telephone numbers: do-not-call, hours, what went wrong."),
    "publish": ("publish", "Take report files in."),
    "receipts": ("receipts", "Who fetched what, when and with which key."),
    "recipient": ("recipients", "Delivery end points: logins, allow-lists, encryption."),
    "restore": ("backups", "Bring a back-up into a new home."),
    "retention": ("retention", "Notices, alarms and removal after 100 days."),
    "serve": ("serve", "Run the server."),
    "statement": ("statements", "Statements and their copies: list, show, hold, release."),
    "upload": ("uploads", "Files that recipients sent in."),
    "user": ("users", "People with a login: invite, lock, close, rights, history."),
}


class _Commands(click.Group):
    """Loads a command's module when it is called, and lists all without loading any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"strongroom.runtime.commands.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(_COMMANDS.items())])


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    envvar="STRONGROOM_HOME",
    default=Path("strongroom-home"),
    show_default=True,
    help="The folder that holds everything. Also STRONGROOM_HOME.",
)
@click.option(
    "--operator",
    metavar="NAME",
    help="Who acts, for the audit log; the default is the user of this machine.",
)
@click.version_option(package_name="strongroom", prog_name="strongroom")
@click.pass_context
def strongroom(ctx: click.Context, home: Path, operator: str | None) -> None:
    """Deliver statements to clients over SFTP, safely.

    Exit statuses: 0 done, 64 wrong usage, 65 bad input, 66 not found, 69 unavailable,
    73 cannot write, 75 try again, 77 refused, 78 configuration.
    """
    ctx.obj = Context(home, operator or operator_name())


def main() -> None:
    """Run the command line with our exit statuses."""
    click.UsageError.exit_code = int(Exit.USAGE)
    strongroom.main(prog_name="strongroom")
