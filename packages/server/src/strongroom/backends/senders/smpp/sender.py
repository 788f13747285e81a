"""SMS over SMPP 3.4: long texts in parts, receipts asked for and read.

The connection is in `link`, the bytes of a message in `messages`.
"""

import contextlib
from collections.abc import Sequence
from datetime import timedelta

from smpplib import consts  # type: ignore[import-untyped]  # it has no types
from smpplib.pdu import PDU  # type: ignore[import-untyped]  # it has no types

from strongroom.backends.senders.smpp import messages
from strongroom.backends.senders.smpp.link import Field, Link
from strongroom.backends.senders.smpp.settings import SmppSettings
from strongroom.messages.ports import Outgoing, Report, SenderError, Undeliverable
from strongroom.rules.sms_failures import Failure

_RECEIPT_CLASS = 0x04
"""SMPP 3.4 section 5.2.12: bits 5 to 2 of esm_class say that this is a receipt."""


class SmppSender:
    """Keeps one connection. A receipt for the last part stands for the whole message."""

    def __init__(self, settings: SmppSettings) -> None:
        self._settings = settings
        self._reports: list[Report] = []
        self._link = Link(settings, self._take_receipt)

    @property
    def name(self) -> str:
        """What stands in letters."""
        return "smpp"

    def send(self, outgoing: Outgoing) -> str:
        """Send one SMS; returns the centre's id of its last part."""
        try:
            parts = messages.split(outgoing.text.reveal())
        except messages.TooLong as error:
            raise Undeliverable(Failure.REFUSED, "the text is too long") from error
        handle = ""
        for number, body in enumerate(parts.bodies, 1):
            is_last = number == len(parts.bodies)
            fields: dict[str, Field] = {
                **self._envelope(outgoing),
                "short_message": body,
                "data_coding": parts.coding,
                "esm_class": parts.esm_class,
                "registered_delivery": is_last,
            }
            handle = self._link.submit(fields)
        if not handle:
            raise SenderError("the SMS centre gave no message id")
        return handle

    def reports(self) -> Sequence[Report]:
        """Return the receipts that came in. A centre that is away is no error here."""
        with contextlib.suppress(SenderError):  # the next send says it
            self._link.listen()
        found, self._reports = self._reports, []
        return found

    def close(self) -> None:
        """Leave the centre."""
        self._link.close()

    def _envelope(self, outgoing: Outgoing) -> dict[str, Field]:
        origin = self._settings.origin
        is_number = origin.lstrip("+").isdigit()
        envelope: dict[str, Field] = {
            "source_addr_ton": consts.SMPP_TON_INTL if is_number else consts.SMPP_TON_ALNUM,
            "source_addr_npi": consts.SMPP_NPI_ISDN if is_number else consts.SMPP_NPI_UNK,
            "source_addr": origin.lstrip("+"),
            "dest_addr_ton": consts.SMPP_TON_INTL,
            "dest_addr_npi": consts.SMPP_NPI_ISDN,
            "destination_addr": outgoing.address.lstrip("+"),
        }
        if outgoing.expires_at is not None:
            envelope["validity_period"] = _validity(outgoing.expires_at - outgoing.created_at)
        return envelope

    def _take_receipt(self, pdu: PDU) -> None:
        if (pdu.esm_class or 0) & 0x3C == _RECEIPT_CLASS:
            self._reports += messages.read_receipt(pdu.short_message or b"", sender=self.name)


def _validity(lifetime: timedelta) -> str:
    """Return a relative time (SMPP 3.4 section 7.1.1), so that no carrier delivers it later."""
    minutes, seconds = divmod(min(int(lifetime.total_seconds()), 86399), 60)
    hours, minutes = divmod(minutes, 60)
    return f"000000{hours:02}{minutes:02}{seconds:02}000R"
