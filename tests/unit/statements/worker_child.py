"""A worker in a process of its own over the tests' home and database; says when it is ready.

Called with one JSON argument: `home`, `databases`, `at` (the time it believes) and `needed`, the
number of published copies at which it ends.
"""

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import django
from django.conf import settings as django_settings
from strongroom.runtime.django_setup import django_values
from strongroom.runtime.home import Home
from strongroom.runtime.settings import Settings


def main(given: dict[str, Any]) -> int:
    home = Home(Path(given["home"]))
    values = django_values(Settings(), home.root)
    values["DATABASES"] = {"default": values["DATABASES"]["default"] | given["database"]}
    django_settings.configure(**values)
    django.setup()
    from dataclasses import replace

    from strongroom.audit.act import Act
    from strongroom.runtime import registry
    from strongroom.statements.models import Copy
    from strongroom.statements.work import Rounds

    given_settings = Settings()
    quick = replace(given_settings.intake, settle_seconds=0.0, sidecar_wait_seconds=0.0)
    worker = replace(given_settings.worker, batch=7)
    pipeline = registry.build_pipeline(replace(given_settings, intake=quick, worker=worker), home)
    rounds, act = Rounds(), Act("worker", datetime.fromisoformat(given["at"]))
    deadline = time.monotonic() + 120
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        while time.monotonic() < deadline:
            moved = rounds.run(pipeline, act)
            if Copy.objects.filter(state="published").count() >= given["needed"]:
                return 0
            if not moved:
                time.sleep(0.01)
        return 1
    finally:
        pipeline.encryptor.close()


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
