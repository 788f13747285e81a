"""Makes `strongroom.statements` known to Django, and nothing else."""

from django.apps import AppConfig


class StatementsConfig(AppConfig):
    """The statements app."""

    name = "strongroom.statements"
    label = "statements"
    default_auto_field = "django.db.models.BigAutoField"
