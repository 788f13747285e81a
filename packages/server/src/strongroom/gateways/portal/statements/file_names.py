"""Under which name a statement leaves the portal, and the headers it leaves with.

Names are spelled from what the statement is, never taken from what somebody sent (RPT-17).
"""

from django.http import HttpResponseBase

from strongroom.rules.file_names import (
    EXTENSIONS,
    StatementName,
    compile_grammar,
    delivered_name,
)
from strongroom.statements.models import Statement

_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "xml": "application/xml",
    "zip": "application/zip",
}
_SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


def name_of(statement: Statement, template: str) -> str:
    """Spell a statement's name as the firm does, such as `U1234567_Activity_20261121.r2.csv`."""
    grammar = compile_grammar(template, EXTENSIONS | {statement.extension})
    spelled = grammar.spell(
        StatementName(
            account=statement.account.number,
            kind=statement.kind,
            period_from=statement.period_from,
            period_to=statement.period_to,
            extension=statement.extension,
        )
    )
    return delivered_name(spelled, statement.revision, encrypted=False)


def type_of(extension: str) -> str:
    """Return a media type; what browsers could run (HTML) is only bytes."""
    return _TYPES.get(extension, "application/octet-stream")


def as_download(response: HttpResponseBase, name: str) -> HttpResponseBase:
    """Make a browser save the response, never show it. `name` was spelled by the product."""
    if not name.isascii() or not name.isprintable() or '"' in name or "\\" in name:
        raise ValueError("a file name that no header can hold")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    return response
