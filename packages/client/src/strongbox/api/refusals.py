"""How a call to a firm's HTTPS can fail: on the way, in its answer, or because the firm says no.

How the way over SSH can fail is in `wire.refusals`.
"""

from strongbox.refusal import Exit, RefusalKind

API_URL = RefusalKind(
    "API-URL",
    "{url} is no address of a firm's web service: it has to begin with https:// and hold a host "
    "name, without a user name, a question mark or spaces. Copy it again from the invitation.",
    Exit.USAGE,
)
API_PLAIN = RefusalKind(
    "API-PLAIN",
    "{url} is not protected: http:// is for this machine only. Ask the firm for its https:// "
    "address.",
    Exit.CONFIGURATION,
)
API_NO_HELP = RefusalKind(
    "API-NO-HELP",
    "The firm of the profile {name} has no web service of Strongroom, so it cannot be asked this. "
    "Write to its support desk.",
    Exit.CONFIGURATION,
)
API_NO_HOST = RefusalKind(
    "API-NO-HOST",
    "The name {host} was not resolved to an address: {why}. Compare it with the invitation, and "
    "check the name server and the network of this machine.",
    Exit.NO_HOST,
)
API_AWAY = RefusalKind(
    "API-AWAY",
    "Nobody answers at {host} port {port}: {why}. Try again later; if it stays so, ask the firm.",
    Exit.UNAVAILABLE,
)
API_TIMEOUT = RefusalKind(
    "API-TIMEOUT",
    "{host} port {port} did not answer in time. A firewall may be in the way; try again later.",
    Exit.TRY_AGAIN,
)
API_PROXY = RefusalKind(
    "API-PROXY",
    "The proxy {proxy} does not let this machine through to {host}: {why}. Ask the "
    "administrator of your network.",
    Exit.UNAVAILABLE,
)
API_TLS = RefusalKind(
    "API-TLS",
    "No protected connection to {host} came about: {why}. Something on the way may answer in its "
    "place. Nothing was sent.",
    Exit.PROTOCOL,
)
API_CERTIFICATE = RefusalKind(
    "API-CERTIFICATE",
    "{host} shows a certificate that cannot be trusted: {why}. Nothing was sent. Check the clock "
    "of this machine, and ask the firm.",
    Exit.PROTOCOL,
)
API_PIN = RefusalKind(
    "API-PIN",
    "{host} shows another certificate than the invitation names: {shown}, not {wanted}. Nothing "
    "was sent. Ask the firm by telephone whether its certificate changed; if not, somebody is "
    "between you and the firm.",
    Exit.PROTOCOL,
)
API_REDIRECT = RefusalKind(
    "API-REDIRECT",
    "{host} points to another address instead of answering. That is not followed; ask the firm "
    "for the right address.",
    Exit.PROTOCOL,
)
API_ANSWER = RefusalKind(
    "API-ANSWER",
    "The answer of {host} cannot be read: {why}. Check the address; a proxy may answer in the "
    "firm's place.",
    Exit.PROTOCOL,
)
API_NOT_TAKEN = RefusalKind(
    "API-NOT-TAKEN",
    "The firm could not take what was sent: {sentence} Its code for that is {firm_code}.",
    Exit.DAMAGED,
)
API_REFUSED = RefusalKind(
    "API-REFUSED",
    "The firm says no: {sentence} Its code for that is {firm_code}.",
    Exit.REFUSED,
)
API_BUSY = RefusalKind(
    "API-BUSY",
    "The firm asks to wait: {sentence} Its code for that is {firm_code}.",
    Exit.TRY_AGAIN,
)
API_FAULT = RefusalKind(
    "API-FAULT",
    "The firm's web service has a fault of its own: {sentence} Its code for that is {firm_code}.",
    Exit.UNAVAILABLE,
)
