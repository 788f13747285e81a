"""Ends what is only begun: logins that wait for their factor, and links on their way by mail.

Why it ends is the business of whoever changes a password or an address; sessions are ended in
`web_sessions`.
"""

from collections.abc import Sequence
from datetime import datetime

from strongroom.audit.act import Act
from strongroom.directory.models import User
from strongroom.login.models import SignIn, SignInState, Token


def end_sign_ins(user: User, reason: str) -> None:
    """Let no login go on whose password was judged before. Safe to repeat."""
    SignIn.objects.filter(user=user, state=SignInState.PASSWORD_OK).update(
        state=SignInState.ENDED, reason=reason
    )


def end_links(
    user: User, purposes: Sequence[str], act: Act, *, since: datetime | None = None
) -> None:
    """Let no link of these purposes be used that is out, or was made from `since` on."""
    out = Token.objects.filter(user=user, purpose__in=purposes, used_at=None)
    if since is not None:
        out = out.filter(made_at__gte=since)
    out.update(used_at=act.at)
