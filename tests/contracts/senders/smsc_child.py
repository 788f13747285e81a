"""An SMS centre of a library's making, as a process: it prints what it gets, a line of JSON each.

`smsc_child.py PORT [CERTIFICATE KEY]`. What it does depends on the last four digits of the number:
see `answer`. Its port is the first line.
"""

import json
import sys
import uuid
from typing import Any

from smpp.pdu import operations, pdu_types
from smpp.twisted.config import SMPPServerConfig
from smpp.twisted.protocol import DataHandlerResponse
from smpp.twisted.server import SMPPServerFactory
from twisted.cred import error
from twisted.internet import defer, reactor, ssl

STATUS = pdu_types.CommandStatus
KNOWN = ("firm", "s3cret")


class Door:
    """Lets one system in."""

    def login(self, given: Any, mind: object, interface: Any) -> Any:
        if (given.username, given.password) != KNOWN:
            raise error.UnauthorizedLogin
        return defer.succeed((interface, given.username, lambda: None))


def receipt(number: bytes, handle: str, state: str, cause: str) -> Any:
    """A receipt as SMPP 3.4 appendix B writes it."""
    text = (
        f"id:{handle} sub:001 dlvrd:001 submit date:2611231000 done date:2611231000 "
        f"stat:{state} err:{cause} text:x"
    )
    return operations.DeliverSM(
        source_addr=number,
        destination_addr=b"FIRM",
        esm_class=pdu_types.EsmClass(
            pdu_types.EsmClassMode.DEFAULT, pdu_types.EsmClassType.SMSC_DELIVERY_RECEIPT
        ),
        short_message=text.encode(),
    )


def answer(_system: str, link: Any, pdu: Any) -> Any:
    """Print a message, and do what its number asks for."""
    fields = pdu.params
    number = fields["destination_addr"]
    wants = str(fields["registered_delivery"].receipt).rpartition(".")[2]
    shown = {
        "to": number.decode(),
        "from": fields["source_addr"].decode(),
        "body": fields["short_message"].hex(),
        "coding": str(fields["data_coding"].schemeData).rpartition(".")[2],
        "has_header": bool(fields["esm_class"].gsmFeatures),
        "receipt": wants,
        "validity": str(fields["validity_period"]),
    }
    print(json.dumps(shown), flush=True)
    handle = uuid.uuid4().hex[:12]
    asks = number[-4:].decode()
    states = {"0004": ("UNDELIV", "001"), "0005": ("DELIVRD", "000")}
    match asks:
        case "0001":
            return STATUS.ESME_RINVDSTADR
        case "0002":
            return STATUS.ESME_RTHROTTLED
        case "0003":
            return defer.Deferred()
        case "0006":
            link.transport.abortConnection()
            return defer.Deferred()
    if "SMSC_DELIVERY_RECEIPT" in wants and asks != "0007":
        state, cause = states.get(asks, ("DELIVRD", "000"))
        report = receipt(number, handle, state, cause)
        if asks == "0005":  # before its own message is answered
            link.sendDataRequest(report)
        else:
            reactor.callLater(0.05, link.sendDataRequest, report)
    return DataHandlerResponse(STATUS.ESME_ROK, message_id=handle.encode())


def main(port: int, *files: str) -> None:
    """Listen until the parent ends this."""
    config = SMPPServerConfig(msgHandler=answer, systems={"firm": {"max_bindings": 4}})
    factory = SMPPServerFactory(config, auth_portal=Door())
    if files:
        certificate, key = files
        context = ssl.DefaultOpenSSLContextFactory(key, certificate)
        listening = reactor.listenSSL(port, factory, context, interface="127.0.0.1")
    else:
        listening = reactor.listenTCP(port, factory, interface="127.0.0.1")
    print(json.dumps({"port": listening.getHost().port}), flush=True)
    reactor.run()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
