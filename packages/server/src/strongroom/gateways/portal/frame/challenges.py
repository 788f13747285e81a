"""What a page asks for each kind of factor: its names, the form of its answer, the drop-down.

Whether an answer is right is the login's to judge. Sign-in, step-up, reset and enrolment show their
challenges with this and the template `frame/challenge.html`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from strongroom.gateways.portal.frame.secret_inputs import SecretTextInput
from strongroom.login.entry.challenges import ChallengeView
from strongroom.login.entry.choosing import Choices, Option
from strongroom.login.models import FactorKind

KIND_NAMES: Mapping[str, str | Promise] = {
    FactorKind.SMS: _("Code by SMS"),
    FactorKind.VOICE: _("Code by telephone call"),
    FactorKind.APP: _("Phone app"),
    FactorKind.CARD: _("Security card"),
    FactorKind.CODE_CARD: _("Code card"),
    FactorKind.TEMPORARY: _("Temporary code"),
    FactorKind.PASSKEY: _("Passkey"),
    FactorKind.TOTP: _("Authenticator app"),
    FactorKind.RECOVERY: _("Recovery code"),
}
_LONGEST_CREDENTIAL = 16 * 1024


@dataclass(frozen=True, slots=True)
class _Shape:
    """How an answer is typed; `digits` many send themselves, `is_sent` says a message brings it."""

    label: str | Promise
    longest: int = 64
    digits: int = 0
    sends_itself: bool = False
    is_sent: bool = False


_SHAPES: Mapping[str, _Shape] = {
    FactorKind.SMS: _Shape(_("Security code"), 16, 6, sends_itself=True, is_sent=True),
    FactorKind.VOICE: _Shape(_("Security code"), 16, 6, sends_itself=True, is_sent=True),
    FactorKind.APP: _Shape(_("Response in the app"), 16, 8),
    FactorKind.CARD: _Shape(_("Response on the card"), 16, 8),
    FactorKind.CODE_CARD: _Shape(_("The two values, one after the other"), 16),
    FactorKind.TEMPORARY: _Shape(_("Temporary code")),
    FactorKind.PASSKEY: _Shape(_("Passkey"), _LONGEST_CREDENTIAL),
    FactorKind.TOTP: _Shape(_("Code in your authenticator app"), 16, 6, sends_itself=True),
    FactorKind.RECOVERY: _Shape(_("Recovery code")),
}


_PLAIN_LABELS = {"Passkey", "Authenticator", "Online code card", "Recovery codes", "Temporary code"}
"""Names that factors give when nobody chose one; they say no more than the kind does."""

_WORDS = (FactorKind.TEMPORARY, FactorKind.RECOVERY)


class AnswerForm(forms.Form):
    """The answer to one challenge. What was typed is never shown again."""

    challenge = forms.UUIDField(widget=forms.HiddenInput)
    answer = forms.CharField()


def answer_form(view: ChallengeView, data: Mapping[str, object] | None = None) -> AnswerForm:
    """Return the form for a challenge's kind, bound to `data` where that is given."""
    form = AnswerForm(data, initial={"challenge": view.id})
    shape = _SHAPES[view.kind]
    form.fields["answer"] = forms.CharField(
        label=shape.label,  # type: ignore[arg-type]  # the stubs ask for a private type
        max_length=shape.longest,
        widget=_widget(view.kind, shape),
    )
    return form


def _widget(kind: FactorKind, shape: _Shape) -> forms.Widget:
    if kind is FactorKind.PASSKEY:
        return forms.HiddenInput()
    attrs = {
        "autocomplete": "one-time-code",
        "autocapitalize": "none" if shape.digits else "characters",
        "spellcheck": "false",
        "inputmode": "numeric" if shape.digits else "text",
        "autofocus": True,
    }
    if shape.sends_itself:
        attrs["data-auto-submit"] = str(shape.digits)
    return SecretTextInput(attrs=attrs)


class FactorForm(forms.Form):
    """The choice of a factor (SLS-10): `factor` is a kind and an enrolment, as `sms:UUID`."""

    factor = forms.CharField(max_length=60, label=_("Select second factor device"))

    def clean_factor(self) -> tuple[FactorKind, UUID]:
        """Return kind and enrolment. Raises ValidationError for anything else."""
        kind, _colon, identity = str(self.cleaned_data["factor"]).partition(":")
        try:
            return FactorKind(kind), UUID(identity)
        except ValueError as error:
            raise forms.ValidationError(gettext("Choose one of the devices.")) from error


def factor_form(choices: Choices, data: Mapping[str, object] | None = None) -> FactorForm:
    """Return the drop-down with the person's factors, the preferred one first."""
    form = FactorForm(data)
    form.fields["factor"].widget = forms.Select(
        choices=[(value_of(one), _shown(one)) for one in choices.options]
    )
    return form


def value_of(option: Option) -> str:
    """Return what stands in the form for a factor."""
    return f"{option.kind.value}:{option.enrolment_id}"


def only_one(choices: Choices) -> Option | None:
    """Return the factor of a person who has just one device; a call is no other device."""
    identities = {option.enrolment_id for option in choices.options}
    return choices.options[0] if len(identities) == 1 else None


def shown(view: ChallengeView, form: AnswerForm) -> dict[str, object]:
    """Return what `frame/challenge.html` needs; the page adds `action`, `again`, `choose`."""
    return {
        "challenge": view,
        "own_name": "" if view.label in _PLAIN_LABELS else view.label,
        "form": form,
        "kind_name": KIND_NAMES[view.kind],
        "is_sent": _SHAPES[view.kind].is_sent,
        "is_words": view.kind in _WORDS,
        "sms_again": f"{FactorKind.SMS.value}:{view.enrolment_id}",
        "voice_again": f"{FactorKind.VOICE.value}:{view.enrolment_id}",
        "asked_again": f"{view.kind.value}:{view.enrolment_id}",
    }


def _shown(option: Option) -> str:
    name = str(KIND_NAMES[option.kind])
    detail = option.hint or ("" if option.label in _PLAIN_LABELS else option.label)
    return f"{name} · {detail}" if detail else name
