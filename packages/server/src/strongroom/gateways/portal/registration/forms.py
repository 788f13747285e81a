"""The forms of registering.

What is a good password or number is judged by the rules; lengths here only bound what is read.
"""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from strongroom.directory import numbering
from strongroom.gateways.portal.frame.secret_inputs import SecretTextInput
from strongroom.gateways.portal.sign_in.forms import NewPasswordForm

_LONGEST_CODE = 60
_LONGEST_NUMBER = 30
_PLAIN = {"autocapitalize": "none", "spellcheck": "false"}


class CodeForm(forms.Form):
    """The code of an invitation."""

    code = forms.CharField(
        label=_("Invitation code"),
        help_text=_("Six groups of four characters, from our letter."),
        max_length=_LONGEST_CODE,
        widget=SecretTextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class NameForm(NewPasswordForm):
    """Five letters and a password, twice."""

    letters = forms.CharField(
        label=_("Five letters of your choice"),
        help_text=_("Lower case, a to z. We add three digits. A user name can never be changed."),
        max_length=5,
        min_length=5,
        widget=forms.TextInput(attrs={**_PLAIN, "autocomplete": "off", "pattern": "[a-z]{5}"}),
    )
    field_order = ("letters", "password", "again")


class NumberForm(forms.Form):
    """A mobile number and its country."""

    country = forms.ChoiceField(label=_("Country or region"))
    number = forms.CharField(
        label=_("Mobile number"),
        max_length=_LONGEST_NUMBER,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel-national"}),
    )

    def __init__(self, *args: object, allowed: Sequence[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        choices = [(code, _shown(code)) for code in numbering.countries(allowed)]
        field = forms.ChoiceField(
            label=self.fields["country"].label,
            choices=choices,
            widget=forms.Select(attrs={"data-regions": True, "autocomplete": "country"}),
        )
        self.fields["country"] = field


class ConfirmationForm(forms.Form):
    """The code that an SMS brought."""

    answer = forms.CharField(
        label=_("Confirmation number"),
        max_length=16,
        widget=SecretTextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
                "data-auto-submit": "6",
                "autofocus": True,
            }
        ),
    )


def _shown(code: str) -> str:
    """A script puts the country's name in place of its code."""
    return f"{code} (+{numbering.calling_code(code)})"
