"""What the call-backs of providers are read and answered with; put together by the runtime.

The pages that take them are in the portal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from strongroom.messages.calls import CallDesk
from strongroom.messages.ports import CallReader, MessageBoard, ReportReader


@dataclass(frozen=True, slots=True)
class Providers:
    """`reports` by the sender's name; `board` is a development house's alone."""

    reports: Mapping[str, ReportReader] = field(default_factory=dict)
    calls: CallReader | None = None
    desk: CallDesk | None = None
    board: MessageBoard | None = None
