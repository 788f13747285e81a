"""The forms of the login's settings; lengths only bound what is read, rules judge the rest."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from strongroom.gateways.portal.sign_in.forms import NewPasswordForm
from strongroom.login.factors.factor_names import LONGEST

_LONGEST_PASSWORD = 256
_PIN = {
    "inputmode": "numeric",
    "autocomplete": "off",
    "maxlength": "4",
}


class ChangePasswordForm(NewPasswordForm):
    """The present password, and a new one twice (PWD-2)."""

    old = forms.CharField(
        label=_("Present password"),
        max_length=_LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class NameForm(forms.Form):
    """What a factor is called."""

    label = forms.CharField(label=_("Name of this factor"), max_length=LONGEST)


class CardOrderForm(forms.Form):
    """For which account, and where the card is sent (DSC-4)."""

    account = forms.ChoiceField(label=_("Account that pays"))
    ship_to = forms.CharField(
        label=_("Shipping address"),
        help_text=_("Name, street, town and country, each on a line of its own."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "shipping street-address"}),
    )

    def __init__(self, data: object, *, accounts: Sequence[str]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict
        field = self.fields["account"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(number, number) for number in accounts]


class PinForm(forms.Form):
    """A card's PIN, twice (DSC-2, DSC-3)."""

    pin = forms.CharField(
        label=_("PIN of four digits"),
        max_length=16,
        widget=forms.PasswordInput(attrs=_PIN),
    )
    again = forms.CharField(
        label=_("The same PIN once more"),
        max_length=16,
        widget=forms.PasswordInput(attrs=_PIN),
    )


class OwnerForm(forms.Form):
    """Whose card is shared (SHARE-2)."""

    name = forms.CharField(
        label=_("Your other user name"),
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("Its password"),
        max_length=_LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
