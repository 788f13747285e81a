"""Gives a served home a user with an authenticator, as the portal's pages would; run as a program.

`python -m tests.journeys.enrolled_person HOME ACCOUNT NAME` prints the authenticator's key.
"""

import os
import sys
from pathlib import Path

from strongroom.runtime.configuration import read_settings
from strongroom.runtime.django_setup import start_django
from strongroom.runtime.home import open_home


def main(folder: str, number: str, name: str) -> None:
    """Write the rows of a registered user."""
    home = open_home(Path(folder))
    settings = read_settings(home.settings, os.environ)
    start_django(settings, home.root)
    from strongroom.directory.models import Account, Right, User
    from strongroom.login.entry.kept_secrets import seal_secret, wish
    from strongroom.login.models import Enrolment, FactorKind
    from strongroom.login.ports import Chance
    from strongroom.runtime import clock
    from strongroom.runtime.login_house import build_login_house

    now, house = clock.now(), build_login_house(settings, home)
    user = User.objects.create(name=name, full_name="A", email="a@example.test", created_at=now)
    account = Account.objects.get(number=number)
    Right.objects.create(user=user, account=account, role="primary", given_at=now, given_by="t")
    draft = house.factors[FactorKind.TOTP].draft(wish(user, {}, house), Chance(now, house.draw))
    row = Enrolment(
        user=user, kind="totp", label="Telephone", state="active", created_at=now,
        created_via="test", confirmed_at=now,
    )  # fmt: skip
    row.sealed = seal_secret(row.pk, draft.kept.secret, house)
    row.save()
    print(draft.shown["secret"])


if __name__ == "__main__":
    main(*sys.argv[1:])
