"""What a browser calls itself, in the words that people know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strongroom.rules.browser_names import browser_name

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_IOS = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Firefox 140, Linux"),
        (
            f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} HeadlessChrome/156.0.0.0 Safari/537.36",
            "Chrome 156, Linux",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/150.0 Safari/537.36 Edg/150.0",
            "Edge 150, Windows",
        ),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) {_IOS} Version/18.0 Mobile/1 Safari/604.1",
            "Safari 18, iOS",
        ),
        (
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_IOS} Version/18.1 Safari/605.1.15",
            "Safari 18, macOS",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 15) {_WEBKIT} Chrome/150.0 Mobile Safari/537.36",
            "Chrome 150, Android",
        ),
        ("Firefox/140", "Firefox 140"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
        ("x" * 100, "x" * 60 + "..."),
    ],
)
def test_a_browser_is_called_by_its_name_and_system(agent: str, name: str) -> None:
    assert browser_name(agent) == name


@given(st.text(max_size=300))
def test_any_text_gives_a_short_name(agent: str) -> None:
    assert len(browser_name(agent)) <= 63
