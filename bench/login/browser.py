"""The load client for web pages: keeps one connection, tells an address, knows cookies and forms.

Cheap on purpose, because it shares the cores with the site. It is for load on loopback only.
"""

import http.client
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bench.login import people
from bench.login.site import FIRST_PAGE
from bench.servers import BenchError

_HIDDEN = re.compile(r'name="(csrfmiddlewaretoken|challenge)"[^>]*value="([^"]*)"')
_LANDED = (302, 303)
_CODE_PAGE = "/sign-in/code"


@dataclass(slots=True)
class Answer:
    """One response; `where` is the address of a redirect."""

    status: int
    where: str
    text: str

    @property
    def hidden(self) -> dict[str, str]:
        """The first of each hidden field that a form has to send back."""
        found: dict[str, str] = {}
        for name, value in _HIDDEN.findall(self.text):
            found.setdefault(name, value)
        return found


@dataclass(slots=True)
class Browser:
    """One visitor after the other on one kept connection."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    _address: str = "127.0.0.1"
    _connection: http.client.HTTPConnection | None = None

    def become(self, number: int) -> None:
        """Be another person's browser, with nothing kept."""
        self.cookies.clear()
        self._address = people.address(number)

    def get(self, path: str) -> Answer:
        """Fetch a page that has to be there. Raises BenchError."""
        answer = self._ask("GET", path, b"")
        if answer.status != http.HTTPStatus.OK:
            raise BenchError(f"{path} answered {answer.status} {answer.where}")
        return answer

    def post(self, path: str, fields: dict[str, str], *, then: str) -> None:
        """Send a form that has to lead to `then`. Raises BenchError."""
        answer = self._ask("POST", path, urlencode(fields).encode())
        if answer.status not in _LANDED or answer.where != then:
            raise BenchError(f"{path} answered {answer.status} {answer.where}, not to {then}")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _ask(self, method: str, path: str, body: bytes) -> Answer:
        headers = {
            "Host": f"localhost:{self.port}",
            "User-Agent": people.BROWSER,
            "X-Forwarded-For": self._address,
        }
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            return self._exchange(method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            self._connection = None
            raise BenchError(f"{method} {path}: {error!r}") from error

    def _exchange(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self._connection.request(method, path, body or None, headers)
        response = self._connection.getresponse()
        content = response.read().decode()
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(response.status, response.headers.get("Location", ""), content)


def sign_in_by_code(browser: Browser, number: int) -> None:
    """A whole login at Strongroom: page, password, page, code. Raises BenchError."""
    _give_password(browser, number, then=_CODE_PAGE)
    hidden = browser.get(_CODE_PAGE).hidden
    browser.post(_CODE_PAGE, {**hidden, "answer": people.code_now()}, then="/")


def sign_in_by_password(browser: Browser, number: int) -> None:
    """A whole login at the peer: page, password. Raises BenchError."""
    _give_password(browser, number, then="/")


def _give_password(browser: Browser, number: int, *, then: str) -> None:
    browser.become(number)
    hidden = browser.get(FIRST_PAGE).hidden
    given = {"name": people.name(number), "password": people.PASSWORD}
    browser.post(FIRST_PAGE, {**hidden, **given}, then=then)
