"""The addresses of the statements' pages, and who may see each.

An archive asks more than a session: see `taking.archive`.
"""

from strongroom.gateways.portal.frame.routes import Needs, Route
from strongroom.gateways.portal.statements import listing, one, overview, taking

_ONE = "statements/<uuid:statement>"

ROUTES: tuple[Route, ...] = (
    Route("", "overview", overview.show, Needs.SESSION),
    Route("statements", "statements-list", listing.show, Needs.SESSION),
    Route("statements/archive", "statements-archive", taking.archive, Needs.SESSION, ("POST",)),
    Route("statements/allowed_signers", "statements-signers", taking.signers, Needs.SESSION),
    Route(_ONE, "statement", one.show, Needs.SESSION),
    Route(f"{_ONE}/preview", "statement-preview", one.show_preview, Needs.SESSION),
    Route(f"{_ONE}/download", "statement-download", taking.clear, Needs.SESSION),
    Route(f"{_ONE}/encrypted/<int:copy>", "statement-encrypted", taking.encrypted, Needs.SESSION),
    Route(f"{_ONE}/receipts/<uuid:receipt>", "statement-receipt", taking.receipt, Needs.SESSION),
    Route(
        f"{_ONE}/receipts/<uuid:receipt>/signature",
        "statement-receipt-signature",
        taking.receipt_signature,
        Needs.SESSION,
    ),
)
