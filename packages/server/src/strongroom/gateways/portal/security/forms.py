"""The forms of the security pages.

What an address may be is judged in `rules.restrictions`; the length here only bounds what is read.
"""

from django import forms
from django.utils.translation import gettext_lazy as _

_LONGEST = 64


class AddressForm(forms.Form):
    """One more address for a list."""

    add = forms.CharField(
        label=_("Address"),
        max_length=_LONGEST,
        help_text=_("Such as 198.51.100.7, 2001:db8::7 or 198.51.100.0/24"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
