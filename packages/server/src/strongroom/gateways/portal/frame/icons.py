"""The pictures of the portal, as shapes in a field of 24 by 24, drawn for it.

How they are put into a page is in `template_tags`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.safestring import SafeString, mark_safe

_PATHS = {
    "alert": '<path d="M12 3.5 22 20.5H2z"/><path d="M12 10v5M12 17.6v.2"/>',
    "arrow": '<path d="M5 12h14M13 6l6 6-6 6"/>',
    "back": '<path d="M19 12H5M11 6l-6 6 6 6"/>',
    "bell": '<path d="M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4"/>',
    "card": '<rect x="3" y="5.5" width="18" height="13" rx="2"/><path d="M3 10h18M7 15h4"/>',
    "check": '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
    "chevron": '<path d="M9 5l7 7-7 7"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>',
    "copy": '<rect x="8.5" y="8.5" width="11" height="11" rx="1.5"/>'
    '<path d="M5 15.5h-.5v-11h11V5"/>',
    "cross": '<path d="M6 6l12 12M18 6L6 18"/>',
    "document": '<path d="M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5M9 12.5h6M9 16h6"/>',
    "download": '<path d="M12 4v11M7 10.5l5 5 5-5M4.5 19.5h15"/>',
    "empty": '<path d="M4 13.5L6.5 5h11l2.5 8.5v6H4zM4 13.5h5a3 3 0 0 0 6 0h5"/>',
    "exit": '<path d="M10 4.5H5v15h5M14 8l4 4-4 4M18 12H9.5"/>',
    "globe": '<circle cx="12" cy="12" r="8.5"/>'
    '<path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17"/>',
    "grid": '<rect x="4" y="4" width="6.5" height="6.5" rx="1"/>'
    '<rect x="13.5" y="4" width="6.5" height="6.5" rx="1"/>'
    '<rect x="4" y="13.5" width="6.5" height="6.5" rx="1"/>'
    '<rect x="13.5" y="13.5" width="6.5" height="6.5" rx="1"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.600v.2"/>',
    "key": '<circle cx="8" cy="15.5" r="4"/><path d="M11 12.5L19.5 4M16 7.5l3 3"/>',
    "keyboard": '<rect x="2.5" y="6" width="19" height="12" rx="1.5"/>'
    '<path d="M6 10h.1M9 10h.1M12 10h.1M15 10h.1M18 10h.1M7 14.5h10"/>',
    "lock": '<rect x="5" y="10.5" width="14" height="10" rx="1.5"/>'
    '<path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
    "moon": '<path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z"/>',
    "passkey": '<circle cx="9" cy="8" r="4"/><path d="M2.5 20c0-4 3-6.5 6.5-6.5 1.5 0 3 .5 4 '
    '1.5"/><circle cx="17.5" cy="13" r="2.5"/><path d="M17.5 15.5V21l2-1.5"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c0-4 3.5-6.5 7.5-6.5s7.5 '
    '2.5 7.5 6.5"/>',
    "phone": '<rect x="7" y="2.5" width="10" height="19" rx="2"/><path d="M11 18.5h2"/>',
    "print": '<path d="M7 8V3.5h10V8M7 17H4V8.5h16V17h-3M7 14h10v6.5H7z"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5.5 5.5"/>',
    "settings": '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/>'
    '<circle cx="9" cy="17" r="2"/>',
    "shield": '<path d="M12 3l7.5 3v5.5c0 4.5-3 8-7.5 9.5-4.5-1.5-7.5-5-7.5-9.5V6z"/>'
    '<path d="M8.5 12l2.5 2.5 4.5-5"/>',
    "speaker": '<path d="M5 4h4l2 5-2.5 1.5a12 12 0 0 0 5 5L15 13l5 2v4c0 .8-.7 1.5-1.5 '
    '1.5C11 20 4 13 3.5 5.5 3.5 4.700 4.200 4 5 4z"/>',
}  # fmt: skip

SHAPES: Mapping[str, SafeString] = MappingProxyType(
    {name: mark_safe(path) for name, path in _PATHS.items()}  # noqa: S308 - our own text
)
