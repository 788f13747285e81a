"""How the events of a fetch are printed: lines for a person, or one JSON object each.

What the events are is in `strongbox.sync.events`.
"""

import sys
from collections.abc import Mapping

import click
from strongroom_formats.one_line import clean_text

from strongbox.commands.rim import print_json
from strongbox.sync.events import Event, EventKind
from strongbox.words import mark, say

_WIDTH = 30
_LONGEST = 1000

_RESULTS = {
    EventKind.LANDED: mark("landed: {path}"),
    EventKind.MISSING: mark("missing: {what}"),
}
_NOTES = {
    EventKind.TAKEN_OVER: mark("Process {pid}, begun {started_at}, died; going on from there."),
    EventKind.HOOK_FAILED: mark("The hook did not take {name}: it ended with {status}."),
    EventKind.UNLISTED: mark("{name} is on no signed manifest yet and was left alone."),
    EventKind.CHANGING: mark("{name} is still being written at the firm; the next run takes it."),
    EventKind.REFUSED: mark("{name} was not taken: {sentence}"),
    EventKind.RECONNECTING: mark("{sentence} Connecting again in {seconds} s."),
    EventKind.HOST_KEY: mark("{host} announced a further host key, which is kept: {key}"),
    EventKind.KEY_CHANGED: mark("The new key {fingerprint} works; {old} is no longer used."),
}

# What holds until somebody does something, and what is said of every look.
_STANDING = frozenset({EventKind.MISSING, EventKind.UNLISTED, EventKind.REFUSED})
_EACH_TIME = frozenset({EventKind.MANIFESTS, EventKind.PLANNED})
_MOST_SAID = 10_000


class Teller:
    """Prints events as they come; results on stdout, all else on stderr."""

    def __init__(self, *, as_json: bool, is_watching: bool = False) -> None:
        self._as_json = as_json
        self._said: dict[str, None] | None = {} if is_watching else None
        self.has_bar = not as_json and sys.stderr.isatty()
        self._has_drawn = False

    def tell(self, event: Event) -> None:
        """Print one event; while watching, a standing trouble is told once and not each time."""
        if self._is_known(event):
            return
        if self._as_json:
            if event.kind is not EventKind.PROGRESS:
                print_json({"event": event.kind.value, **event.facts})
        elif event.kind is EventKind.PROGRESS:
            self._draw(event.facts)
        elif event.kind in _RESULTS:
            self._line(_RESULTS[event.kind], event, is_result=True)
        elif event.kind in _NOTES:
            self._line(_NOTES[event.kind], event, is_result=False)

    def _is_known(self, event: Event) -> bool:
        if self._said is None or event.kind not in _STANDING:
            return self._said is not None and event.kind in _EACH_TIME
        mark_of_it = f"{event.kind.value} {sorted(event.facts.items())}"
        if mark_of_it in self._said:
            return True
        self._said[mark_of_it] = None
        if len(self._said) > _MOST_SAID:
            del self._said[next(iter(self._said))]
        return False

    def end(self) -> None:
        """Take the bar away."""
        if self._has_drawn:
            click.echo("\r\x1b[K", nl=False, err=True)
            self._has_drawn = False

    def _line(self, text: str, event: Event, *, is_result: bool) -> None:
        self.end()
        if event.kind is EventKind.LANDED:  # There may be very many of these.
            path = clean_text(str(event.facts["path"]), _LONGEST)
            sys.stdout.write(say(text, path=path) + "\n")
            if self._said is not None:
                sys.stdout.flush()  # A watch may go on for days.
            return
        facts = {name: clean_text(str(value), _LONGEST) for name, value in event.facts.items()}
        facts["what"] = _what(facts)
        click.echo(say(text, **facts), err=not is_result)

    def _draw(self, facts: Mapping[str, object]) -> None:
        if not self.has_bar:
            return
        done, total = int(str(facts["bytes"])), max(1, int(str(facts["of"])))
        share = min(1.0, done / total)
        bar = "#" * round(share * _WIDTH)
        line = f"\r[{bar.ljust(_WIDTH)}] {share:4.0%} {readable(done)} / {readable(total)}\x1b[K"
        click.echo(line, nl=False, err=True)
        self._has_drawn = True


def readable(size: int) -> str:
    """A size for a person: bytes, KiB, MiB or GiB."""
    if size < 1024:
        return f"{size} B"
    amount = float(size)
    for unit in ("KiB", "MiB", "GiB"):
        amount /= 1024
        if amount < 1024 or unit == "GiB":
            break
    return f"{amount:.1f} {unit}"


def _what(facts: Mapping[str, str]) -> str:
    """What is missing, as far as it is known."""
    parts = (facts.get(name, "") for name in ("date", "account", "kind", "name"))
    return " ".join(part for part in parts if part)
