"""Makes `strongroom.audit` known to Django, and nothing else."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit app."""

    name = "strongroom.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
