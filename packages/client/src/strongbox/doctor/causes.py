"""From a refused login or a silent server to the cause: the firm's record first, else what is left.

Requirement SFTP-4 gives each of the three failures its remedies; all of them are here.
"""

import re

from strongbox.api.firm import Explanation
from strongbox.doctor import refusals
from strongbox.doctor.firm_help import FirmHelp, attempt_of, unlisted
from strongbox.doctor.report import Finding, Stage, failed
from strongbox.refusal import RefusalKind, Refused
from strongbox.words import say

_REFERENCE = re.compile(r"[Rr]ef(?:erence)?[: ]+([0-9A-Z]{3,4}-[0-9A-Z]{2,4})\b")
_PLAIN_CAUSE = re.compile(r"[a-z][a-z-]{0,39}")

_DISABLED = {"disabled", "login-disabled"}

_KINDS: dict[str, RefusalKind] = {
    "login-unknown": refusals.FIRM_NO_SUCH_LOGIN,
    "login-disabled": refusals.FIRM_LOGIN_DISABLED,
    "no-key-offered": refusals.FIRM_NO_KEY_OFFERED,
    "key-unknown": refusals.FIRM_KEY_UNKNOWN,
    "key-foreign": refusals.FIRM_KEY_FOREIGN,
    "key-pending": refusals.FIRM_KEY_PENDING,
    "key-rejected": refusals.FIRM_KEY_REJECTED,
    "key-revoked": refusals.FIRM_KEY_REVOKED,
    "key-expired": refusals.FIRM_KEY_EXPIRED,
    "key-burnt": refusals.FIRM_KEY_BURNT,
    "algorithm": refusals.FIRM_ALGORITHM,
    "signature": refusals.FIRM_SIGNATURE,
    "address-unlisted": refusals.FIRM_ADDRESS,
    "address-of-another": refusals.FIRM_ADDRESS,
    "too-many-sessions": refusals.FIRM_SESSIONS,
    "shut-out": refusals.FIRM_SHUT_OUT,
}
"""By the firm's own word for a cause."""


def reference_in(text: str) -> str:
    """The short reference that a refused client is told, or ""."""
    found = _REFERENCE.search(text)
    return found[1] if found else ""


def of_refusal(help_: FirmHelp, refused: Refused, measured: str) -> Finding:
    """Why the server let nobody in: the firm's record by reference, or what remains without it."""
    reference = reference_in(str(refused.facts.get("said", "")))
    if reference:
        measured = say("{measured}; reference {reference}", measured=measured, reference=reference)
    explanation = help_.explain(reference) if help_.is_there and help_.keys else None
    if explanation is not None:
        cause = _cause(explanation, reference)
        if cause:
            kind = _named(help_, explanation, cause, reference)
            return failed(Stage.LOGIN, kind, measured, _remedies_of(kind))
    if help_.is_unknown:
        unknown = _unknown(help_)
        return failed(Stage.LOGIN, unknown, measured, _remedies_of(unknown))
    return failed(Stage.LOGIN, refused, measured, (*_unasked(help_), *e_sftp_1(), *e_sftp_2()))


def of_silence(help_: FirmHelp, stage: Stage, refused: Refused, measured: str) -> Finding:
    """Why nobody answers: the address, if the firm sees one that it does not list."""
    addresses = help_.addresses() if help_.is_there else ()
    explanation = help_.explain() if addresses and help_.keys else None
    seen = say("seen by the firm as {addresses}", addresses=", ".join(addresses))
    measured = f"{measured}; {seen}" if addresses else measured
    if explanation is not None:
        strange = unlisted(addresses, explanation.allowed)
        if strange:
            kind = _address(help_, explanation, ", ".join(strange))
            return failed(stage, kind, measured, e_sftp_3(is_listed=False))
        if explanation.login_state in _DISABLED:  # its addresses are listed for nobody any more
            kind = _named(help_, explanation, "login-disabled", "")
            return failed(stage, kind, measured)
        return failed(stage, refused, measured, e_sftp_3(is_listed=True))
    return failed(stage, refused, measured, (*_unasked(help_), *e_sftp_3(is_listed=None)))


def _cause(explanation: Explanation, reference: str) -> str:
    """The cause on record; else what the state of login, key and address comes to; or ""."""
    attempt = attempt_of(explanation, reference) if reference else None
    if attempt is not None and _PLAIN_CAUSE.fullmatch(attempt.cause):
        return attempt.cause
    if explanation.login_state in _DISABLED:
        return "login-disabled"
    state = f"key-{explanation.key_state}"
    if state in _KINDS:
        return state
    if not explanation.is_seen_address_allowed:
        return "address-unlisted"
    return ""


def _named(help_: FirmHelp, explanation: Explanation, cause: str, reference: str) -> Refused:
    kind = _KINDS.get(cause)
    if kind is refusals.FIRM_ADDRESS:
        return _address(help_, explanation, explanation.seen_address)
    if kind is None:
        attempt = attempt_of(explanation, reference)
        said = attempt.explanation if attempt else ""
        return refusals.FIRM_SAYS.because(cause=cause, explanation=said, reference=reference)
    return kind.because(
        login=help_.profile.login,
        key=", ".join(key.public.fingerprint_sha256 for key in help_.keys),
        seen=explanation.seen_address,
    )


def _address(help_: FirmHelp, explanation: Explanation, seen: str) -> Refused:
    allowed = ", ".join(explanation.allowed) or say("nothing")
    return refusals.FIRM_ADDRESS.because(login=help_.profile.login, seen=seen, allowed=allowed)


def _unknown(help_: FirmHelp) -> Refused:
    """Neither login nor key is named by the firm; another spelling of the login may settle it."""
    login, known = help_.profile.login, help_.known_login()
    if known:
        return refusals.FIRM_LOGIN_UNKNOWN.because(login=login, known=known)
    shown = ", ".join(key.public.fingerprint_sha256 for key in help_.keys)
    return refusals.FIRM_UNKNOWN.because(login=login, key=shown)


def _unasked(help_: FirmHelp) -> tuple[str, ...]:
    """Why the firm's record was of no help."""
    if not help_.is_there:
        return (
            say(
                "This firm has no web service to ask for the reason, so these causes remain; go "
                "through them in this order."
            ),
        )
    if help_.trouble is not None:
        return (say("The firm could not be asked: {why}", why=help_.trouble),)
    if not help_.keys:
        return (say("Without an open key the firm does not tell its list of addresses."),)
    return ()


def _remedies_of(refused: Refused) -> tuple[str, ...]:
    if refused.kind is refusals.FIRM_ADDRESS:
        return e_sftp_3(is_listed=False)
    if refused.kind in (refusals.FIRM_KEY_UNKNOWN, refusals.FIRM_UNKNOWN):
        return e_sftp_2()
    return ()


def e_sftp_1() -> tuple[str, ...]:
    """Unknown login, or a password instead of a key (E-SFTP-1)."""
    return (
        say("Compare the login with the firm's notice, letter by letter; capitals count."),
        say("In other programs, set the logon type to key file; a password never works."),
    )


def e_sftp_2() -> tuple[str, ...]:
    """The key is not the registered one (E-SFTP-2)."""
    return (
        say("Compare the key's fingerprint with the one that you sent to the firm."),
        say("Ask the firm whether the key is approved, expired or revoked."),
        say("If the right key is lost, make a new pair and register it."),
    )


def e_sftp_3(*, is_listed: bool | None) -> tuple[str, ...]:
    """A time-out: foreign address, closed way, or local security software (E-SFTP-3)."""
    port = say("Ask your administrator to open TCP to the server's port, in and out.")
    software = say("Add an exception to the antivirus and firewall programs of this machine.")
    if is_listed is True:
        return (say("The firm lists your address, so something on the way drops packets."),
                software, port)  # fmt: skip
    if is_listed is False:
        return (say("Or connect from an address that is listed."),)
    return (
        software,
        say("Compare your public address with the one that you registered, IPv4 and IPv6; send "
            "the new one to the firm."),
        port,
    )  # fmt: skip
