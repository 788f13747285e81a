"""Makes `strongroom.messages` known to Django, and nothing else."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """The messages app."""

    name = "strongroom.messages"
    label = "messages"
    default_auto_field = "django.db.models.BigAutoField"
