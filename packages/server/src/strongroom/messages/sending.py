"""Takes waiting notices to the sender, each at least once and in our records exactly once."""

from datetime import timedelta

from strongroom.audit.act import Act
from strongroom.messages import notices, texts
from strongroom.messages.ports import Sender, SenderError

_LEASE = timedelta(minutes=5)
_AT_ONCE = 100


def send_waiting(sender: Sender, act: Act, *, support: str) -> int:
    """Send what is due; returns how many went out. `support` may be empty."""
    sent = 0
    for notice in notices.claim_waiting(act.at, most=_AT_ONCE, lease=_LEASE):
        facts = {"login": notice.recipient, "support": support or texts.DESK, **notice.facts}
        subject, body = texts.render(notice.kind, facts)
        try:
            sender.send(notice, subject=subject, body=body)
        except SenderError:
            notices.settle_failed(notice.id, act.at)
        else:
            notices.settle_sent(notice.id, act.at)
            sent += 1
    return sent
