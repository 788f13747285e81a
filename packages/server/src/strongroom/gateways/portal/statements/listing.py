"""The list of all statements with its search; it works without a script, which only quickens it.

What fits a search is found in `strongroom.statements.portal_search`.
"""

from urllib.parse import urlencode

from django.http import HttpResponse

from strongroom.gateways.portal.frame.asking import PortalRequest
from strongroom.gateways.portal.frame.rendering import page
from strongroom.gateways.portal.statements.forms import SearchForm
from strongroom.gateways.portal.statements.rows import row_of
from strongroom.login.entry.last_visits import last_visit
from strongroom.statements.portal_reads import reader_of
from strongroom.statements.portal_search import search


def show(request: PortalRequest) -> HttpResponse:
    """Show one page of what was searched for."""
    person = request.known
    reader = reader_of(person.user)
    form = SearchForm(request.GET or None, reader)
    if not form.is_bound:
        form = SearchForm({}, reader)
    wanted = form.wanted()
    mark = request.GET.get("after", "")
    found = search(reader, wanted, mark)
    before = last_visit(person.session)
    since = before.seen_at if before else None
    shown = {
        "form": form,
        "rows": [row_of(one, since=since) for one in found.statements],
        "is_first": not mark,
        "is_filtered": any(request.GET.get(name) for name in ("since", "until", "order")),
        "is_searched": any(value for name, value in form.cleaned_data.items() if name != "order"),
        "asked": _address(request, ""),
        "next": _address(request, found.next_mark) if found.next_mark else "",
    }
    return page(request, "statements/list.html", shown)


def _address(request: PortalRequest, mark: str) -> str:
    """The same search from `mark` on, as the part of an address behind the question mark."""
    names = ("words", "account", "kind", "since", "until", "order", "unread")
    given = {name: request.GET[name][:100] for name in names if request.GET.get(name)}
    return urlencode({**given, "after": mark} if mark else given)
