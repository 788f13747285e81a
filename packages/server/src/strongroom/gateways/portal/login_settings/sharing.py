"""Using the security card of one's other user name here as well (SHARE-1, SHARE-2)."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from strongroom.gateways.portal.frame import kept_forms, rendering
from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.refusing import show_in
from strongroom.gateways.portal.login_settings.answering import Errand, answered, holder_of
from strongroom.gateways.portal.login_settings.forms import OwnerForm
from strongroom.login.factors import sharing
from strongroom.login.factors.sharing import Owner
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret


def ask(request: PortalRequest) -> HttpResponse:
    """Ask for the owner's name and password, then for the owner's card."""
    form = OwnerForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        form.initial = dict(kept_forms.take(request, "card-share"))
    if form.is_bound and form.is_valid() and _begun(request, form):
        return rendering.go("card-share-answer")
    return rendering.page(request, "login_settings/share.html", {"form": form})


def _begun(request: PortalRequest, form: OwnerForm) -> bool:
    given = form.cleaned_data
    owner = Owner(given["name"], Secret(given["password"]), holder_of(request))
    house, user = request.portal.login, request.known.user
    try:
        sharing.begin(user, owner, request.visitor, house, request.act)
    except Refused as refused:
        show_in(form, refused)
        return False
    return True


def answer(request: PortalRequest) -> HttpResponse:
    """Show the challenge for the owner's card, or judge its response."""
    house, user = request.portal.login, request.known.user
    errand = Errand(
        template="login_settings/card_answer.html",
        here=reverse("card-share-answer"),
        again="",
        back=reverse("card-share"),
        finish=lambda reply: sharing.finish(user, reply, holder_of(request), house, request.act),
        done=gettext("You can sign in with this card here as well now."),
        extra={"title": gettext("Answer with the card of your other user name")},
    )
    return answered(request, errand)
