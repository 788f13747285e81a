"""The page of all settings is the one that the code describes."""

from dataclasses import fields
from typing import get_type_hints

from strongroom.runtime.settings import Settings

from tools import settings_reference


def test_the_page_of_settings_is_the_one_that_the_code_describes() -> None:
    written = settings_reference.PAGE.read_text("utf-8")
    assert written == settings_reference.page(), "run `make reference`"


def test_every_setting_says_in_a_sentence_what_it_means() -> None:
    silent = [
        f"{name}.{one.name}"
        for name, section in get_type_hints(Settings).items()
        for one in fields(section)
        if not one.metadata.get("meaning", "").endswith(".")
    ]
    assert silent == []
