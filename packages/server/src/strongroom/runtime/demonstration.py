"""Makes a home with a whole delivery in it: accounts, a recipient with a fresh key, statements.

Serving it and checking it as a client are in `commands.demo` and `demonstration_check`.
"""

import os
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from strongroom_formats.ppk import plain_ppk

from strongroom.audit.act import Act
from strongroom.runtime import clock
from strongroom.runtime.home import Home, write_private
from strongroom.runtime.setting_up import Choices, set_up

ACCOUNTS = {
    "U1234567": "Sample Household",
    "U2345678": "Sample Family Office",
    "U3456789": "山田花子",
}
LOGIN = "demo-recipient"
NEWCOMER = "demo-enrolment"
"""A recipient without keys, to be enrolled with `strongbox enrol`."""
FIRM = "Example Securities"
SETTINGS = """
# The demo's recipient logs in from this machine, so loopback addresses may be listed.
[key_desk]
private_addresses = true
automatic_approval = true
automatic_rotation = true
keys_per_recipient = 50

[intake]
settle_seconds = 0.2

[manifests]
settle_seconds = 0.2

[worker]
poll_seconds = 0.1
"""

PORTAL_SETTINGS = """
# The demo's clients sign in from this machine; their mails, SMS and calls stay on it.
[portal]
listen = "{portal}"

[login]
private_addresses = true

[mail]
kind = "console"

[sms]
kind = "console"

[voice]
kind = "console"
"""


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """What the demo's recipient has on the own machine; here it lies below client/ in the home."""

    folder: Path

    @property
    def openssh(self) -> Path:
        """The private key as OpenSSH and FileZilla read it."""
        return self.folder / "id_rsa"

    @property
    def ppk(self) -> Path:
        """The same key as PuTTY's programs read it."""
        return self.folder / "id_rsa.ppk"

    @property
    def public(self) -> Path:
        """The public half, the only one that is ever sent."""
        return self.folder / "id_rsa.pub"

    @property
    def known_hosts(self) -> Path:
        """The server's host keys."""
        return self.folder / "known_hosts"


def client_files(home: Home) -> ClientFiles:
    """Return the recipient's files of a demo home."""
    return ClientFiles(home.root / "client")


def make_demo_home(root: Path, api: str, portal: str, operator: str) -> Home:
    """Make the home, the accounts and the recipient with an approved key. Raises Refused."""
    settings = f'{SETTINGS}\n[api]\nlisten = "{api}"\n{PORTAL_SETTINGS.format(portal=portal)}'
    home = set_up(root, Choices(FIRM, "America/New_York", settings), operator)
    act = Act(f"operator:{operator}", clock.now())
    files = client_files(home)
    files.folder.mkdir(mode=0o700)
    _make_client_key(files)
    _enrol(files, act)
    return home


def add_portal(home: Home, portal: str) -> None:
    """Give the demo of an older release the settings of the portal. Safe to repeat."""
    text = home.settings.read_text("utf-8")
    if "[portal]" not in text:
        added = f"{text}{PORTAL_SETTINGS.format(portal=portal)}"
        write_private(home.settings, added.encode())


def _make_client_key(files: ClientFiles) -> None:
    """What a client does with PuTTYgen or ssh-keygen (KEY-1 to KEY-4)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    write_private(files.openssh, private)
    write_private(files.ppk, plain_ppk(key, LOGIN).encode())
    write_private(files.public, public + b" " + LOGIN.encode() + b"\n")


def _enrol(files: ClientFiles, act: Act) -> None:
    """What an operator does: accounts, recipient, allow-list, key submitted and approved (F1)."""
    from strongroom.directory.accounts import add_account  # noqa: PLC0415 - needs Django started
    from strongroom.directory.recipients import Enrolment, add_recipient  # noqa: PLC0415
    from strongroom.directory.ssh_keys import DeskRules  # noqa: PLC0415
    from strongroom.messages import key_desk  # noqa: PLC0415

    for number, name in ACCOUNTS.items():
        add_account(number, name=name, act=act)
    enrolment = Enrolment(tuple(ACCOUNTS), ("127.0.0.1", "::1"))
    add_recipient(LOGIN, enrolment, act=act, private_allowed=True)
    rules = DeskRules(four_eyes=False, keys_per_recipient=4, life_days=0)
    key, _ = key_desk.submit_ssh_key(
        LOGIN, files.public.read_bytes(), file_name="id_rsa.pub", rules=rules, act=act
    )
    key_desk.approve_ssh_key(LOGIN, key.fingerprint, rules=rules, act=act)


def prepare_newcomer(pgp: str, operator: str) -> None:
    """Have the recipient who is to enrol, with or without encryption. Safe to repeat."""
    from strongroom.directory.models import PgpPolicy, Recipient  # noqa: PLC0415 - needs Django
    from strongroom.directory.recipients import Enrolment, add_recipient  # noqa: PLC0415
    from strongroom.statements.certificates import change_encryption  # noqa: PLC0415

    act, policy = Act(f"operator:{operator}", clock.now()), PgpPolicy(pgp)
    found = Recipient.objects.filter(login=NEWCOMER).first()
    if found is None:
        add_recipient(NEWCOMER, Enrolment(tuple(ACCOUNTS), (), policy), act=act)
    elif found.pgp != policy:
        change_encryption(NEWCOMER, policy, act=act)


def write_known_hosts(home: Home, address: str) -> None:
    """Write the recipient's known_hosts for the address that the demo serves on."""
    from strongroom.runtime.secret_keys import host_keys  # noqa: PLC0415 - needs Django started

    host, _, port = address.rpartition(":")
    lines = [f"[{host.strip('[]')}]:{port} {key.public.openssh_line()}" for key in host_keys(home)]
    write_private(client_files(home).known_hosts, ("\n".join(lines) + "\n").encode())


def drop_samples(home: Home, day: date) -> int:
    """Put a day's sample statements into the drop folder, each by an atomic rename.

    Returns how many. The re-issue comes last and has the name of an earlier one, so the drop
    folder has to have taken that one first; the caller drops it with `drop_one`.
    """
    samples = _samples(day)
    for name, content in samples[:-1]:
        drop_one(home, name, content)
    return len(samples) - 1


def reissue(home: Home, day: date) -> str:
    """Put the corrected statement of the day into the drop folder; returns its name."""
    name, content = _samples(day)[-1]
    drop_one(home, name, content)
    return name


def _samples(day: date) -> list[tuple[str, bytes]]:
    from strongroom.runtime.samples import sample_day  # noqa: PLC0415 - only the demo needs it

    return list(sample_day(day, tuple(ACCOUNTS), seed=1))


def drop_one(home: Home, name: str, content: bytes) -> None:
    """Deliver one file as a report engine should: written beside, renamed when whole."""
    part = home.inbox / f".{name}.part"
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(home.inbox / name)


def sample_date(today: date) -> date:
    """Return the business day before `today`, whose statements come in the morning."""
    day = today - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day
