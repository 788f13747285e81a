"""Run as a program with a home's folder: gives it the demo's accounts and people.

It is a process of its own because Django serves one database in each.
"""

import os
import sys
from pathlib import Path

from strongroom.runtime.configuration import read_settings
from strongroom.runtime.django_setup import start_django
from strongroom.runtime.home import open_home


def main(root: Path) -> None:
    """Make them."""
    home = open_home(root)
    settings = read_settings(home.settings, os.environ)
    start_django(settings, home.root)

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


if __name__ == "__main__":
    main(Path(sys.argv[1]))
