"""Makes `strongroom.login` known to Django, and nothing else."""

from django.apps import AppConfig


class LoginConfig(AppConfig):
    """The login app."""

    name = "strongroom.login"
    label = "login"
    default_auto_field = "django.db.models.BigAutoField"
