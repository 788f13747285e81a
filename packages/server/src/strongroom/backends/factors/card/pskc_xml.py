"""A vendor's XML as a small tree with namespaces: bounded, nothing declared in it.

What the elements mean is in `pskc`.
"""

from dataclasses import dataclass, field
from xml.parsers import expat

from strongroom.rules import login_refusals
from strongroom.rules.refusals import Refused

LARGEST = 16 * 1024 * 1024
DEEPEST = 32
MOST_ELEMENTS = 500_000
LONGEST_TEXT = 16 * 1024

_ENCODINGS = frozenset({"utf-8", "us-ascii", "iso-8859-1"})


@dataclass(slots=True)
class Element:
    """An element by its local name; `space` is its namespace, `text` stands directly in it."""

    space: str
    name: str
    attributes: dict[str, str]
    text: str = ""
    children: "list[Element]" = field(default_factory=list)

    def child(self, *path: str) -> "Element | None":
        """Return the first element down a path of local names; prefixes differ between vendors."""
        found: Element | None = self
        for name in path:
            inside = found.children if found is not None else []
            found = next((one for one in inside if one.name == name), None)
        return found

    def value(self, *path: str) -> str:
        """Return the text of an element down a path, without the white space; "" without one."""
        found = self.child(*path)
        return "" if found is None else found.text.strip()


def read_tree(data: bytes) -> Element:
    """Return the document's root. Raises Refused (PSKC-BROKEN).

    A document type is refused, because nothing else can declare an entity (ATK-50).
    """
    if len(data) > LARGEST:
        raise broken(f"it is larger than {LARGEST} bytes")
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise broken(f"line {error.lineno}: {expat.ErrorString(error.code)}") from error
    except (LookupError, ValueError) as error:  # an encoding that is none
        raise broken("its encoding is unknown") from error
    return reader.top.children[0]


def broken(why: str) -> Refused:
    """Return the refusal of a file."""
    return login_refusals.PSKC_BROKEN.because(why=why)


class _Reader:
    def __init__(self) -> None:
        self.top = Element("", "", {})
        self._open = [self.top]
        self._count = 0
        self._length = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._document_type
        self.parser.StartElementHandler = self._begins
        self.parser.EndElementHandler = self._ends
        self.parser.CharacterDataHandler = self._says

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise broken(f"its encoding is {encoding[:40]!a}")

    def _document_type(self, *_what: object) -> None:
        raise broken("it has a document type")

    def _begins(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) > DEEPEST:
            raise broken("it has too many elements, or they lie too deep")
        space, _, local = name.rpartition(" ")
        element = Element(space, local, attributes)
        self._open[-1].children.append(element)
        self._open.append(element)
        self._length = 0

    def _ends(self, _name: str) -> None:
        self._open.pop()
        self._length = 0

    def _says(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise broken(f"one text is longer than {LONGEST_TEXT} characters")
        self._open[-1].text += text
