"""Functions of `os` as they are before fault points are installed, for what the tests do."""

from os import rename, unlink

__all__ = ["rename", "unlink"]
