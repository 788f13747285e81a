"""An input for codes that are typed in clear and never shown again.

What is typed as dots is Django's `PasswordInput`, which does the same.
"""

from django import forms


class SecretTextInput(forms.TextInput):
    """A text input that a page never fills in (LATK-29)."""

    def format_value(self, value: object) -> None:
        """Return nothing, whatever was typed."""
        del value
