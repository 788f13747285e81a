"""The pages of a demonstration: what was sent to its people, and what is in their pockets."""

from strongroom.gateways.portal.demonstration import board, devices
from strongroom.gateways.portal.frame.routes import Needs, Route

_POST = ("POST",)

ROUTES: tuple[Route, ...] = (
    Route("demo/messages", "demo-messages", board.show, Needs.ANYONE),
    Route("demo/messages/key", "demo-messages-key", board.press_key, Needs.ANYONE, _POST),
    Route("demo/devices", "demo-devices", devices.show, Needs.ANYONE),
    Route("demo/devices/card", "demo-devices-card", devices.operate_card, Needs.ANYONE, _POST),
)
