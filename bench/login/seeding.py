"""Run as a program with a home's folder and a number: gives the home so many users.

A process of its own, because Django serves one database in each. It prints the running numbers of
the users whose authenticator the load client holds.
"""

import json
import os
import random
import sys
from pathlib import Path

from strongroom.runtime.configuration import read_settings
from strongroom.runtime.django_setup import start_django
from strongroom.runtime.home import open_home

_MOST_DEVICES = 2000
_SEED = 4


def main(root: Path, users: int) -> None:
    """Make the users and print whose devices can be used, in no order."""
    home = open_home(root)
    settings = read_settings(home.settings, os.environ)
    start_django(settings, home.root)
    from strongroom.runtime.login_house import build_sealing

    from bench.login import crowd

    crowd.fill(users)
    numbers = random.Random(_SEED).sample(range(1, users + 1), min(users, _MOST_DEVICES))
    crowd.give_devices(numbers, build_sealing(home))
    print(json.dumps(numbers))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
