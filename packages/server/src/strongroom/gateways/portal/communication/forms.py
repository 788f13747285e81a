"""The forms of numbers and of the mail address.

What is a good number or address is judged by the rules; lengths here only bound what is read.
"""

from django import forms
from django.utils.translation import gettext_lazy as _

from strongroom.directory.phones import CarrierHours
from strongroom.gateways.portal.registration.forms import ConfirmationForm, NumberForm

_LONGEST_LABEL = 40
_LONGEST_PASSWORD = 400
_HOURS = tuple((str(hour), f"{hour:02d}:00") for hour in range(25))


class LabelledNumberForm(NumberForm):
    """A mobile number, its country, and what its owner calls it."""

    label = forms.CharField(label=_("Name"), max_length=_LONGEST_LABEL, required=False)


class LabelForm(forms.Form):
    """What its owner calls a number."""

    label = forms.CharField(label=_("Name"), max_length=_LONGEST_LABEL, required=False)


class HoursForm(forms.Form):
    """The hours in which a carrier delivers; both empty for always."""

    start = forms.ChoiceField(
        label=_("Delivers from"), choices=(("", _("always")), *_HOURS[:24]), required=False
    )
    end = forms.ChoiceField(label=_("until"), choices=(("", "–"), *_HOURS[1:]), required=False)

    def hours(self) -> CarrierHours | None:
        """Return what was chosen."""
        start, end = self.cleaned_data["start"], self.cleaned_data["end"]
        return CarrierHours(int(start), int(end or 24)) if start else None


class EmailForm(forms.Form):
    """The new mail address."""

    email = forms.CharField(
        label=_("New mail address"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"type": "email", "autocomplete": "email", "autocapitalize": "none"}
        ),
    )


class EmailNumberForm(EmailForm, ConfirmationForm):
    """The new mail address, and the number that the old one got."""

    field_order = ("answer", "email")


class EmailPasswordForm(EmailForm):
    """The new mail address, and the current password."""

    password = forms.CharField(
        label=_("Current password"),
        max_length=_LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
