"""Writes docs/operate/configuration.md from strongroom/runtime/settings.py.

`python tools/settings_reference.py` rewrites the page; a test compares it with the code.
"""

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

from strongroom.rules.secret import Secret
from strongroom.runtime.settings import Settings

PAGE = Path(__file__).resolve().parents[1] / "docs/operate/configuration.md"
_BEGINNING = """\
# Configuration

<!-- Made by tools/settings_reference.py from packages/server/src/strongroom/runtime/settings.py;
     change the sentence there and run `make reference`. -->

All settings are in `strongroom.toml` in the home, which `strongroom init` makes. Every setting has
a default that is safe to serve with, so the file says only what is different. They are read once,
when a command starts; `strongroom serve` has to be started anew after a change. A section, a
setting or a value that is not known stops the command with a sentence that names it, and exit
status 78.

Each setting can also come from the environment, which wins over the file:
`STRONGROOM_<SECTION>_<SETTING>`, lists separated by commas. With `_FILE` appended, the variable
names a file that holds the value; use this for secrets, so that they stand in no process list:

```sh
STRONGROOM_DATABASE_URL_FILE=/run/secrets/database strongroom serve
```

`strongroom check` reads the configuration, tries the keys, the clock, the storage and the database,
and says what is wrong.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_BEGINNING, *_sections()])


def _sections() -> Iterator[str]:
    for name, section in get_type_hints(Settings).items():
        heading = (section.__doc__ or "").strip().partition("] ")[2]
        yield f"## [{name}]\n\n{heading}\n"
        yield "| setting | type | default | meaning |\n| --- | --- | --- | --- |"
        hints = get_type_hints(section)
        for one in fields(section):
            meaning = str(one.metadata["meaning"]).replace("|", "\\|")
            default = f"`{_default(one.default)}`" if _default(one.default) else "(none)"
            yield f"| `{one.name}` | {_type(hints[one.name])} | {default} | {meaning} |"
        yield ""


def _default(value: object) -> str:
    """The default as it would stand in the TOML file."""
    if isinstance(value, Secret):
        return json.dumps(value.reveal()) if value.reveal() else ""
    if isinstance(value, tuple):
        return json.dumps(list(value))
    return json.dumps(value) if value != "" else ""


def _type(kind: object) -> str:
    simple = {
        str: "text", int: "whole number", float: "number", bool: "true or false", Secret: "secret",
        tuple[str, ...]: "list of texts", tuple[int, ...]: "list of whole numbers",
    }  # fmt: skip
    return simple[kind]  # type: ignore[index]  # a setting of a new type needs its word here


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
