"""Makes `strongroom.directory` known to Django, and nothing else."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """The directory app."""

    name = "strongroom.directory"
    label = "directory"
    default_auto_field = "django.db.models.BigAutoField"
