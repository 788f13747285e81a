"""XML from other programs as a small tree: bounded, nothing declared in it, no entity ever read.

What the elements mean is in the modules of the programs.
"""

from dataclasses import dataclass, field
from xml.parsers import expat

DEEPEST = 64
MOST_ELEMENTS = 50_000
LONGEST_TEXT = 64 * 1024

_ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})


class BadXml(ValueError):
    """The document is broken, too large, or declares something; the text says where."""


@dataclass(slots=True)
class Element:
    """An element: `text` is what stands directly in it."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: "list[Element]" = field(default_factory=list)

    def value(self, name: str) -> str:
        """Return the text of the first child of that name, stripped; "" without one."""
        return next((one.text.strip() for one in self.children if one.name == name), "")


def read_xml(data: bytes, *, doctype: str = "") -> Element:
    """Return the root of a document. Raises BadXml.

    A document type is refused, unless it is the public one named `doctype`, which is then taken
    for a mere name: nothing is fetched, and a subset inside the document is refused (ATK-50).
    """
    reader = _Reader(doctype)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        problem = expat.ErrorString(error.code)
        raise BadXml(f"line {error.lineno}: {problem}") from error
    except (ValueError, LookupError) as error:  # an encoding that is none
        raise error if isinstance(error, BadXml) else BadXml(f"{error}") from error
    return reader.top.children[0]


class _Reader:
    def __init__(self, doctype: str) -> None:
        self.top = Element("", {})
        self._open = [self.top]
        self._pieces: list[list[str]] = [[]]
        self._length = 0
        self._count = 0
        self._doctype = doctype
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._document_type
        self.parser.EntityDeclHandler = self._entity
        self.parser.StartElementHandler = self._begins
        self.parser.EndElementHandler = self._ends
        self.parser.CharacterDataHandler = self._says

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise self._bad(f"the encoding {encoding[:40]!a}")

    def _document_type(
        self, _name: str, _system: str | None, public: str | None, has_subset: int
    ) -> None:
        if not self._doctype or public != self._doctype or has_subset:
            raise self._bad("a document type")

    def _entity(self, *_what: object) -> None:
        raise self._bad("an entity")

    def _begins(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > DEEPEST or self._count > MOST_ELEMENTS:
            raise self._bad("too many elements")
        element = Element(name, attributes)
        self._open[-1].children.append(element)
        self._open.append(element)
        self._pieces.append([])
        self._length = 0

    def _ends(self, _name: str) -> None:
        self._open.pop().text = "".join(self._pieces.pop())
        self._length = 0

    def _says(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise self._bad("a text that is too long")
        self._pieces[-1].append(text)

    def _bad(self, what: str) -> BadXml:
        return BadXml(f"line {self.parser.CurrentLineNumber}: {what}")
