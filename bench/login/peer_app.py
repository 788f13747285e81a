"""The peer of the login's measure: the least that Django's own login needs, for granian.

Django's sessions, CSRF, `contrib.auth` and Argon2 with the product's parameters; no second factor,
no lock-out, no audit, no history. Run as a program it makes the tables and so many users.
"""

import json
import os
import sys

import django
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from bench.login import people
from bench.login.site import FIRST_PAGE

DATABASE = "BENCH_PEER_DATABASE"
_SIGN_IN = """<!doctype html><title>Sign in</title><form method="post">{% csrf_token %}
{{ form.as_p }}<button>Sign in</button></form>"""
_HOME = """<!doctype html><title>Home</title><p>{{ user.first_name }}</p>"""
_TEMPLATES = {"sign_in.html": _SIGN_IN, "home.html": _HOME}
_AT_ONCE = 500


class Hasher(Argon2PasswordHasher):
    """As `strongroom.login.credentials.hashing` has it."""

    time_cost = 1
    memory_cost = 46 * 1024
    parallelism = 1


def start() -> None:
    """Configure Django for this process, with the database that the environment gives as JSON."""
    settings.configure(
        DATABASES={"default": json.loads(os.environ[DATABASE])},
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
        ],
        SECRET_KEY="bench" * 10,
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF=__name__,
        LOGIN_URL=FIRST_PAGE,
        PASSWORD_HASHERS=[f"{__name__}.Hasher"],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[_engine()],
        USE_TZ=True,
    )
    django.setup()


def _engine() -> dict[str, object]:
    plain = ("django.template.loaders.locmem.Loader", _TEMPLATES)
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", [plain])],
            "context_processors": ["django.contrib.auth.context_processors.auth"],
        },
    }


def sign_in(request: HttpRequest) -> HttpResponse:
    from django.contrib.auth import authenticate, login
    from django.contrib.auth.forms import AuthenticationForm
    from django.shortcuts import render

    if request.method == "POST":
        given = request.POST
        user = authenticate(request, username=given["name"], password=given["password"])
        if user is not None:
            login(request, user)
            return HttpResponseRedirect("/")
    return render(request, "sign_in.html", {"form": AuthenticationForm(request)})


def home(request: HttpRequest) -> HttpResponse:
    from django.shortcuts import render

    if not request.user.is_authenticated:
        return HttpResponseRedirect(FIRST_PAGE)
    return render(request, "home.html")


urlpatterns = [path(FIRST_PAGE[1:], sign_in), path("", home)]


def application() -> WSGIHandler:
    """What granian calls once."""
    start()
    return WSGIHandler()


def make(users: int) -> None:
    """Tables, and users with the same password."""
    start()
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    stored = make_password(people.PASSWORD)
    rows = (
        User(username=people.name(n), first_name=f"Person {n}", password=stored)
        for n in range(1, users + 1)
    )
    User.objects.bulk_create(rows, batch_size=_AT_ONCE)


if __name__ == "__main__":
    make(int(sys.argv[1]))
