"""`strongbox request`: the enrolment mail for firms that want one, as a file.

What stands in it is in `enrolment.mail`.
"""

from pathlib import Path

import click

from strongbox.commands.rim import answering, passphrase_option
from strongbox.words import say


@click.command(
    help=say(
        "Write the mail that asks a firm to register an SSH key: the public key as the only "
        "attachment, the last four digits of the account in the subject, and the addresses. "
        "Nothing is sent; open the file with your mail program."
    )
)
@click.option("--account", required=True, metavar=say("NUMBER"), help=say("Your account number."))
@click.option(
    "--key",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=say("The key; of a private one only the public half is used."),
)
@click.option(
    "--address",
    "addresses",
    required=True,
    multiple=True,
    metavar=say("IP"),
    help=say("A public address that logins come from."),
)
@click.option("--to", default="", metavar=say("MAIL"), help=say("The firm's mail address."))
@click.option("--from", "sender", default="", metavar=say("MAIL"), help=say("Your mail address."))
@passphrase_option()
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=say("The file to write."),
)
@answering
def request(  # noqa: PLR0913 - one parameter for each option
    *,
    account: str,
    key: Path,
    addresses: tuple[str, ...],
    to: str,
    sender: str,
    secret: str,
    output: Path,
) -> None:
    """Write the mail (KEY-8, KEY-10, KEY-12)."""
    from datetime import UTC, datetime

    from strongbox.enrolment.mail import Request, mail, public_half, write_new
    from strongbox.keys.secrets import passphrase_source

    public = public_half(key, passphrase_source(secret, what=str(key.absolute())))
    wanted = Request(account, public, addresses, to, sender)
    write_new(output, mail(wanted, at=datetime.now(UTC)))
    click.echo(
        say(
            "Wrote {path}. It holds the public key {fingerprint} and nothing private; open it "
            "with your mail program and send it.",
            path=output,
            fingerprint=public.fingerprint_sha256,
        )
    )
