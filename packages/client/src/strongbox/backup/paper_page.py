"""The page of a paper back-up: one HTML file for A4 and Letter, QR codes drawn inside.

It loads nothing and runs nothing, so it can be printed on a machine without a network. What the
codes hold is made in `paper`.
"""

import html
from dataclasses import dataclass

import segno

from strongbox.backup.contents import Contents
from strongbox.backup.pgp_files import fingerprint_of
from strongbox.words import language, say

_MARGIN = 4
"""Light modules around a code (ISO/IEC 18004 section 9.1)."""

_STYLE = """
@page { margin: 15mm }
body { font: 10.5pt/1.45 sans-serif; color: #000; background: #fff; max-width: 180mm;
       margin: 0 auto; padding: 0 1em }
h1 { font-size: 17pt; margin: 0 0 .3em } h2 { font-size: 12pt; margin: 1.2em 0 .3em }
table { border-collapse: collapse } td { padding: .1em 1em .1em 0; vertical-align: top }
code, pre { font-family: monospace } pre { font-size: 9.5pt; line-height: 1.6; margin: 0 }
.codes { display: flex; flex-wrap: wrap; gap: 6mm } .codes figure { margin: 0; width: 82mm;
       break-inside: avoid } .codes svg { width: 82mm; height: 82mm; display: block }
figcaption { text-align: center; font-size: 9pt } pre span { display: block; break-inside: avoid }
.warning { border: 1.5pt solid #000; padding: .5em .8em; margin: .8em 0 }
@media print { body { max-width: none; padding: 0 } h2 { break-after: avoid } }
""".strip()


@dataclass(frozen=True, slots=True)
class _Part:
    """One QR code: its text and its place among them."""

    text: str
    number: int
    count: int


def page(contents: Contents, *, parts: list[str], lines: list[str]) -> bytes:
    """Return the HTML page, in the language of this run."""
    codes = [_Part(text, number, len(parts)) for number, text in enumerate(parts, 1)]
    title = say("Back-up of the keys of {name}", name=contents.site.name)
    body = "\n".join(
        (
            f"<h1>{_safe(title)}</h1>",
            _facts(contents),
            f'<p class="warning">{_safe(_warning())}</p>',
            f"<h2>{_safe(say('To scan'))}</h2>",
            f"<p>{_safe(_how_to_scan())}</p>",
            f'<div class="codes">{"".join(map(_figure, codes))}</div>',
            f"<h2>{_safe(say('To type'))}</h2>",
            f"<p>{_safe(_how_to_type())}</p>",
            f"<pre>{''.join(f'<span>{_safe(line)}</span>' for line in lines)}</pre>",
            f"<h2>{_safe(say('Without strongbox'))}</h2>",
            f"<p>{_safe(_without_us())}</p>",
        )
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{_safe(title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    ).encode()


def _facts(contents: Contents) -> str:
    """What a finder may know, and what the owner needs to set up a profile anew."""
    site = contents.site
    rows = [
        (say("Made"), contents.made_at.strftime("%Y-%m-%d %H:%M UTC")),
        (say("Server"), f"{site.host}, {say('port')} {site.port}"),
        (say("Login"), site.login),
    ]
    rows += [(say("SSH key"), one.key.public.fingerprint_sha256) for one in contents.ssh]
    rows += [(say("OpenPGP key"), fingerprint_of(one.packets)) for one in contents.pgp]
    cells = "".join(f"<tr><td>{_safe(name)}</td><td>{_safe(text)}</td></tr>" for name, text in rows)
    return f"<table>{cells}</table>"


def _figure(part: _Part) -> str:
    """Level M bears fifteen per cent of damage; the alphanumeric mode packs our letters best."""
    code = segno.make(part.text, error="m", mode="alphanumeric", micro=False, boost_error=False)
    drawn = code.svg_inline(border=_MARGIN, omitsize=True, dark="#000", light="#fff")
    caption = say("Code {number} of {count}", number=part.number, count=part.count)
    return f"<figure>{drawn}<figcaption>{_safe(caption)}</figcaption></figure>"


def _warning() -> str:
    return say(
        "Whoever has this page and its passphrase has the keys. Keep the page where you keep "
        "papers of value, and the passphrase somewhere else. Without the passphrase nobody can "
        "read it, you included. Print it, compare it, and delete the file."
    )


def _how_to_scan() -> str:
    return say(
        "Scan every code with any program that shows its text, put the texts into one file, each "
        "on a line of its own, in any order, and run: strongbox keys restore --paper FILE"
    )


def _how_to_type() -> str:
    return say(
        "Type the lines into a file, with their numbers; spaces and capital letters do not matter. "
        "The last four letters of a line are its check: the program names the line in which "
        "something is wrong. Then run: strongbox keys restore --paper FILE"
    )


def _without_us() -> str:
    return say(
        "The codes and the lines hold the same bytes, in Crockford's base 32: the name of the "
        "format in ASCII, then Argon2id and AES-256-GCM. The format is described in "
        "docs/formats/key-backup.md of the program's source, with a short program that opens it."
    )


def _safe(text: str) -> str:
    return html.escape(text)
