"""Run as a program with a home's folder: gives it the demo's accounts and people, or more people.

It is a process of its own because Django serves one database in each. The people that tests add
have an account of their own, and passkeys too, which the demo's have not.
"""

import base64
import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from strongroom.runtime.configuration import read_settings
from strongroom.runtime.django_setup import start_django
from strongroom.runtime.home import Home, open_home
from strongroom.runtime.settings import Settings

_NAMES = {"en": "Casey Example", "ja": "見本 太郎"}


def main(root: Path, wanted: str) -> None:
    """Make the demo's people, or the `wanted` ones: JSON of letters, kinds, language, hours."""
    home = open_home(root)
    settings = read_settings(home.settings, os.environ)
    start_django(settings, home.root)
    if wanted:
        _add(home, settings, json.loads(wanted))
    else:
        _begin(home, settings)


def _begin(home: Home, settings: Settings) -> None:
    from strongroom.audit.act import Act
    from strongroom.directory.accounts import add_account
    from strongroom.runtime import clock
    from strongroom.runtime.demonstration import ACCOUNTS
    from strongroom.runtime.demonstration_people import make_people
    from strongroom.runtime.login_house import build_login_house

    act = Act("operator:test", clock.now())
    for number, name in ACCOUNTS.items():
        add_account(number, name=name, act=act)
    (home.root / "client").mkdir(mode=0o700, exist_ok=True)
    make_people(home, build_login_house(settings, home), act)


def _add(home: Home, settings: Settings, wanted: list[dict[str, Any]]) -> None:
    """Make people as long ago as each asks for: a code of then is not one of now."""
    from strongroom.audit.act import Act
    from strongroom.directory.accounts import add_account
    from strongroom.directory.models import Role
    from strongroom.login.models import FactorKind
    from strongroom.runtime import clock
    from strongroom.runtime.demonstration_people import Wish, make_person
    from strongroom.runtime.demonstration_pockets import read_people, write_people
    from strongroom.runtime.login_house import build_login_house

    house, people = build_login_house(settings, home), read_people(home)
    for one in wanted:
        count, language = len(people), one["language"]
        act = Act("operator:test", clock.now() - timedelta(hours=one["hours"]))
        account = add_account(f"U91{count:05}", name=_NAMES[language], act=act)
        kinds = [FactorKind(kind) for kind in one["kinds"]]
        # Each has a block of numbers alone, so that nobody uses up another's messages.
        number, country = (
            (f"090-{1300 + count}-5678", "JP")
            if language == "ja"
            else (f"0{7400 + (10 + count) // 100} {(10 + count) % 100:02}3456", "GB")
        )
        plain = tuple(kind for kind in kinds if kind is not FactorKind.PASSKEY)
        wish = Wish(
            one["letters"], _NAMES[language], language, account.number, Role.PRIMARY,
            number, country, plain,
        )  # fmt: skip
        made = make_person(wish, house, act)
        if FactorKind.PASSKEY in kinds:
            made.pockets["passkey"] = _passkey(made.name, house, act)
        people.append(made)
    write_people(home, people)


def _passkey(name: str, house: Any, act: Any) -> dict[str, str]:
    """Set a passkey up; returns it as Chromium's virtual authenticator takes it."""
    from cryptography.hazmat.primitives import serialization as form
    from strongroom.directory.users import find_user
    from strongroom.login.entry.signing_in import Reply
    from strongroom.login.factors import enrolments
    from strongroom.login.models import FactorKind
    from strongroom.rules.secret import Secret

    from tests.contracts.factors.authenticator import Authenticator

    device = Authenticator(house.site, "localhost")
    wanted = enrolments.Wanted(FactorKind.PASSKEY, "seeding", via="seeding")
    begun = enrolments.begin(find_user(name), wanted, house, act)
    assert begun.challenge is not None
    options: Any = begun.challenge.shown["options"]
    reply = Reply(begun.challenge.id, Secret(device.create(options)))
    enrolments.confirm(begun.enrolment_id, reply, "seeding", house, act)
    assert device.handle is not None
    key = device.key.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())
    return {
        "credentialId": base64.b64encode(device.credential).decode(),
        "privateKey": base64.b64encode(key).decode(),
        "userHandle": base64.b64encode(base64.urlsafe_b64decode(device.handle + "==")).decode(),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
