"""Writes the migrations that the models ask for: `.venv/bin/python tools/make_migrations.py`.

Arguments are those of Django's makemigrations. What is released is never rewritten, only added to.
"""

import os
import sys
import warnings

import django
from django.core.management import call_command

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "strongroom.runtime.settings_for_tools"
    warnings.filterwarnings("ignore", "Got an error checking a consistent migration history")
    django.setup()
    call_command("makemigrations", *sys.argv[1:])
