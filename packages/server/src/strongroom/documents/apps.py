"""Makes `strongroom.documents` known to Django, and nothing else."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """The documents app."""

    name = "strongroom.documents"
    label = "documents"
    default_auto_field = "django.db.models.BigAutoField"
