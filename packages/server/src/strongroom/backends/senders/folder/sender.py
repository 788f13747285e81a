"""Writes notices as mail files into a folder, one file each, whole or not at all.

It is the sender of a house without mail; what a notice says is in `messages.texts`.
"""

import os
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from strongroom.messages.notices import Posted
from strongroom.messages.ports import SenderError


class FolderSender:
    """The same notice sent twice is the same file, so a repeat changes nothing (ATK-71)."""

    def __init__(self, folder: Path, *, firm: str) -> None:
        self._folder = folder
        self._firm = firm

    def send(self, notice: Posted, *, subject: str, body: str) -> None:
        """Write the notice. Raises SenderError when the folder cannot be written."""
        day = notice.created_at.strftime("%Y%m%dT%H%M%SZ")
        target = self._folder / f"{day}-{notice.kind}-{notice.id}.eml"
        part = target.with_suffix(".part")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._mail(notice, subject, body).as_bytes(policy=SMTP))
                file.flush()
                os.fsync(descriptor)
            part.rename(target)
            _sync(self._folder)
        except OSError as error:
            raise SenderError(f"the outbox folder cannot be written: {error.strerror}") from error

    def _mail(self, notice: Posted, subject: str, body: str) -> EmailMessage:
        mail = EmailMessage()
        mail["Message-ID"] = f"<{notice.id}@strongroom.invalid>"
        mail["Date"] = format_datetime(notice.created_at)
        mail["From"] = "strongroom@strongroom.invalid"
        mail["To"] = f"{notice.recipient or 'operators'}@strongroom.invalid"
        mail["Subject"] = " ".join(subject.split())
        mail["X-Strongroom-Kind"] = str(notice.kind)
        mail["X-Strongroom-Firm"] = " ".join(self._firm.split())
        mail.set_content(body, cte="8bit")
        return mail


def _sync(folder: Path) -> None:
    """Make the new name durable before the notice counts as sent."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
