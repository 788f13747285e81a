"""Django's session engine over rows whose key is a SHA-256 of what the browser holds.

Who is signed in is a `WebSession`; the stored session only names it.
"""

from hashlib import sha256

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from strongroom.login.models import StoredSession


class SessionStore(DatabaseStore):
    """A copy of the table opens nothing: a cookie cannot be made from it (LATK-14, LATK-30)."""

    @classmethod
    def get_model_class(cls) -> type[StoredSession]:
        """Return the rows' model."""
        return StoredSession

    def _get_session_from_db(self) -> StoredSession | None:
        row = StoredSession.objects.filter(
            session_key=_digest(self.session_key), expire_date__gt=timezone.now()
        ).first()
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        """Whether a browser's key is in use."""
        return super().exists(_digest(session_key))

    def create_model_instance(self, data: dict[str, object]) -> StoredSession:
        """Return the row to write."""
        return StoredSession(
            session_key=_digest(self._own_key()),
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
        )

    def _own_key(self) -> str:
        key: str = self._get_or_create_session_key()  # type: ignore[attr-defined]  # stubs lack it
        return key

    def delete(self, session_key: str | None = None) -> None:
        """Remove a browser's session."""
        super().delete(_digest(session_key or self.session_key))


def _digest(session_key: str | None) -> str:
    return "" if session_key is None else sha256(session_key.encode()).hexdigest()[:40]
