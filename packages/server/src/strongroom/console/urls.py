"""The addresses of the operator's pages."""

from django.urls import URLPattern, path

from strongroom.console import status

urlpatterns: list[URLPattern] = [
    path("", status.page, name="status"),
    path("status.json", status.as_json, name="status-json"),
    path("status.css", status.style, name="status-style"),
    path("healthz", status.health, name="health"),
]
