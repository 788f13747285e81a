"""The verb for the mail address of a user.

Who may change it, and what proves the new one, is in `login.contact.email_changes`.
"""

from django.db import transaction

from strongroom.audit.act import Act
from strongroom.audit.record import record
from strongroom.directory.models import User
from strongroom.rules import login_refusals


def set_email(user: User, new: str, *, instead_of: str, act: Act) -> None:
    """Change the address, where it is still `instead_of`. Raises Refused (EMAIL-CHANGE-OVER).

    The audit keeps the host of the new address, and nothing more of either.
    """
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, email=instead_of).update(email=new):
            raise login_refusals.EMAIL_CHANGE_OVER.because()
        record(act, "user.email", f"user:{user.name}", host=new.rpartition("@")[2])
    user.email = new
