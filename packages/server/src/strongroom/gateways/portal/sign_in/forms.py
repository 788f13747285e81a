"""The forms of signing in and of a new password.

What is a good password is judged in `rules.passwords`; lengths here only bound what is read.
"""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_LONGEST_NAME = 64
_LONGEST_PASSWORD = 256


class SignInForm(forms.Form):
    """Name and password. The password is never shown again; paste is never held up (BP-1)."""

    name = forms.CharField(
        label=_("User name"),
        max_length=_LONGEST_NAME,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
                "data-caps-hint": "#caps",
            }
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=_LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "data-caps-hint": "#caps"}
        ),
    )


class ResetForm(forms.Form):
    """Whose password is forgotten."""

    name = forms.CharField(
        label=_("User name"),
        max_length=_LONGEST_NAME,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class NewPasswordForm(forms.Form):
    """A new password, twice."""

    password = forms.CharField(
        label=_("New password"),
        max_length=_LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same once more"),
        max_length=_LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        """Both have to be the same. Raises ValidationError."""
        again = str(self.cleaned_data["again"])
        if "password" in self.cleaned_data and again != self.cleaned_data["password"]:
            raise forms.ValidationError(gettext("The two are not the same. Type it once more."))
        return again


class TrustForm(forms.Form):
    """Whether this browser is to be trusted from now on."""

    trust = forms.BooleanField(
        required=False,
        label=_("Trust this browser"),
        help_text=_(
            "Only on a device of your own. Strangers can then never lock you out here. You will "
            "still be asked for a code."
        ),
    )
