"""The page of a demonstration with what its people would have in their pockets; on this machine.

Where nobody put such people into the house this page does not exist.
"""

from django import forms
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from strongroom.gateways.portal.demonstration.nearness import refuse_others
from strongroom.gateways.portal.demonstration.ports import Pockets
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.challenges import KIND_NAMES
from strongroom.gateways.portal.frame.rendering import page


class CardForm(forms.Form):
    """The keys of a security card."""

    name = forms.CharField(max_length=8, widget=forms.HiddenInput)
    pin = forms.RegexField(r"^[0-9]{4}$", label=_("PIN"), widget=forms.TextInput)
    challenge = forms.RegexField(r"^[0-9]{6,8}$", label=_("Challenge"), widget=forms.TextInput)


def show(request: PortalRequest) -> HttpResponse:
    """Show everybody with their things."""
    return _page(request, CardForm(), "")


def operate_card(request: PortalRequest) -> HttpResponse:
    """Type a PIN and a challenge into a security card."""
    pockets, form = _pockets(request), CardForm(request.POST)
    response = ""
    if form.is_valid():
        given = form.cleaned_data
        response = pockets.card_answers(given["name"], given["challenge"], given["pin"])
    return _page(request, form, response)


def _page(request: PortalRequest, form: CardForm, response: str) -> HttpResponse:
    owners = [
        (owner, [(KIND_NAMES[device.kind], device) for device in owner.devices])
        for owner in _pockets(request).owners(request.act.at)
    ]
    context = {"owners": owners, "form": form, "response": response}
    return page(request, "demonstration/devices.html", context)


def _pockets(request: PortalRequest) -> Pockets:
    refuse_others(request)
    pockets = request.portal.pockets
    if pockets is None:
        raise Http404
    return pockets
