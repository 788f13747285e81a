"""Names under which statements land: what a server calls them acts on no system."""

import pytest
from strongbox.sync.places import MOST_BYTES, safe_part

DEVICES = ["con", "NUL.csv", "con .csv", "LPT9  .txt", "CONIN$", "conout$.csv", "CLOCK$", "com\xb9"]


@pytest.mark.req("ATK-1")
@pytest.mark.parametrize("name", DEVICES)
def test_no_name_is_a_device_of_windows(name: str) -> None:
    assert safe_part(name) == f"%{ord(name[0]):02X}{name[1:]}"


@pytest.mark.req("ATK-1")
@pytest.mark.parametrize(
    "name", ["..", ".", "a/b", "a\\b", "a:b", "-rf", "~x", "a\n", "x\u202egpj.exe"]
)
def test_no_name_leads_elsewhere_or_acts_on_a_screen(name: str) -> None:
    safe = safe_part(name)
    assert safe.isprintable()
    assert not safe.startswith((".", "-", "~"))
    assert not set(safe) & set("/\\:")


def test_names_of_any_length_fit_and_stay_apart() -> None:
    long = ["\u00e9" * 200, "\u00e9" * 201]
    parts = {safe_part(name) for name in long}
    assert len(parts) == 2
    assert all(len(part.encode()) <= MOST_BYTES for part in parts)


@pytest.mark.parametrize("name", ["connect.csv", "console", "com10", "auxiliary.csv", "nullify"])
def test_names_that_only_look_like_devices_stay(name: str) -> None:
    assert safe_part(name) == name
