"""What is read into memory before anybody knows who asks: no more than a page takes (ATK-23)."""

import pytest


@pytest.mark.req("ATK-23")
def test_no_more_of_a_body_is_held_than_some_page_takes(portal_settings: None) -> None:
    from strongroom.gateways.portal.frame.urls import ROUTES
    from strongroom.runtime.portal_house import MOST_IN

    largest = max(route.max_body for route in ROUTES)
    assert largest <= MOST_IN <= 2 * largest
