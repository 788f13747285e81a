"""Django's settings for tools that import a module: the type checker and makemigrations."""

from pathlib import Path

from strongroom.runtime.django_setup import django_values
from strongroom.runtime.settings import Settings

globals().update(django_values(Settings(), Path("unused")))
