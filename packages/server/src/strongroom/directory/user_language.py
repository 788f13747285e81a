"""The verb for the language that a user reads, in pages and letters.

Which languages there are is said by `user_invitations.LANGUAGES`.
"""

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.directory.user_invitations import LANGUAGES


def set_language(user: User, language: str, *, act: Act) -> None:
    """Remember the language of a user; one that there is not changes nothing. Safe to repeat."""
    if language not in LANGUAGES:
        return
    with transaction.atomic():
        rows = User.objects.filter(pk=user.pk).exclude(language=language)
        if rows.update(language=language):
            record(act, "user.language", f"user:{user.name}", language=language)
