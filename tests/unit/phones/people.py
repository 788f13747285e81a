"""People with accounts, and their telephone numbers."""

from strongroom.directory.models import Account, Right, User

from tests.conftest import MORNING

MOBILE = "+447400123456"
OTHER = "+447400123457"


def user_of(name: str, *accounts: Account, identity: str = "") -> User:
    """Add a user who may see these accounts."""
    user = User.objects.create(
        name=name,
        full_name=f"Person {name}",
        email=f"{name}@example.com",
        identity=identity,
        created_at=MORNING,
    )
    for account in accounts:
        role = "second" if account.rights.exists() else "primary"
        Right.objects.create(
            user=user, account=account, role=role, given_at=MORNING, given_by="operator:test"
        )
    return user
