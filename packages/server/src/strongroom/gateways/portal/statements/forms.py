"""The form with which a user looks for statements; every field is bounded, and none has to be
filled."""

from django import forms
from django.utils.translation import gettext_lazy as _

from strongroom.gateways.portal.statements.words import kind_name
from strongroom.statements.portal_reads import Reader, accounts_of, kinds_of
from strongroom.statements.portal_search import Order, Search

_ORDERS = (
    (Order.NEWEST.value, _("Newest first")),
    (Order.OLDEST.value, _("Oldest first")),
    (Order.PERIOD.value, _("By period")),
    (Order.ACCOUNT.value, _("By account")),
)


class SearchForm(forms.Form):
    """What to look for. Nonsense in a field is said beside it, and the field asks nothing."""

    words = forms.CharField(label=_("Search"), max_length=100, required=False, strip=True)
    account = forms.ChoiceField(label=_("Account"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    since = forms.DateField(
        label=_("Period from"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=_("Period to"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    order = forms.ChoiceField(label=_("Sort"), choices=_ORDERS, required=False)
    unread = forms.BooleanField(label=_("Only unread"), required=False)

    def __init__(self, data: object, reader: Reader) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict
        accounts = [(one.number, f"{one.number} {one.name}") for one in accounts_of(reader)]
        kinds = [(kind, kind_name(kind)) for kind in kinds_of(reader)]
        _choices(self, "account", [("", _("All accounts")), *accounts])
        _choices(self, "kind", [("", _("All kinds")), *kinds])

    def wanted(self) -> Search:
        """Return the search of the fields that made sense."""
        self.is_valid()
        given = self.cleaned_data
        return Search(
            account=given.get("account", ""),
            kind=given.get("kind", ""),
            since=given.get("since"),
            until=given.get("until"),
            words=given.get("words", ""),
            is_unread=given.get("unread", False),
            order=Order(given.get("order") or Order.NEWEST.value),
        )


def _choices(form: forms.Form, name: str, choices: list[tuple[str, object]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
