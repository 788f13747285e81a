"""Tags and filters that every template of the portal has without loading them.

Components are templates of their own, below templates/frame/components.
"""

import json

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from strongroom.gateways.portal.frame import assets, icons

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    """The address of a file of `static/`."""
    return assets.address_of(name)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A small picture that says nothing to a screen reader; text stands beside it."""
    shape = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>'
    return format_html(shape, icons.SHAPES[name])


@register.filter
def spaced(text: object) -> str:
    """Digits in groups of three, for reading aloud and typing over."""
    digits = str(text)
    return " ".join(digits[at : at + 3] for at in range(0, len(digits), 3))


@register.filter
def as_json(value: object) -> str:
    """A value as JSON, for a data attribute; the template escapes it."""
    return json.dumps(value, separators=(",", ":"))


@register.filter
def beneath(here: str, place: str) -> bool:
    """Whether an address is a page or below it, for the mark in the navigation."""
    return here.partition("?")[0].rstrip("/").startswith(place.rstrip("/"))
