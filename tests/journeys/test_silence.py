"""Real silence: the firewall ruleset between two network namespaces, with real packets.

Needs root, `ip` and `nft`. The namespaces are made here and always taken away again; the
machine's own firewall is never touched.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

import pytest
from strongroom.rules.networks import Network, parse_network
from strongroom.rules.nft_ruleset import ruleset

PORT = 3232
OTHER_PORT = 3233
CLOSED_PORT = 3234
PATIENCE = 2.0
SERVER = {4: "198.51.100.1", 6: "2001:db8:1::1"}
LISTED = {4: "198.51.100.7", 6: "2001:db8:1::7"}
STRANGER = {4: "198.51.100.8", 6: "2001:db8:1::8"}
CLIENT_NETWORKS = {4: "198.51.100.0/24", 6: "2001:db8:1::/64"}

LISTENER = """
import asyncio, sys

async def greet(reader, writer):
    writer.write(b"hello\\n")
    while line := await reader.readline():
        writer.write(line)
    writer.close()

async def main():
    for port in sys.argv[1:]:
        await asyncio.start_server(greet, None, int(port), reuse_address=True)
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""

# One attempt to connect. It also listens on the wire below TCP, so that a reset or an ICMP
# message that the kernel would keep from us is counted too. Neighbour discovery (ICMPv6 133 to
# 137) is how two machines on one wire find each other, not an answer, and is left out; so is what
# belongs to another connection.
ATTEMPT = """
import json, socket, sys
source, target, port, patience = sys.argv[1:]
family = socket.AF_INET6 if ":" in source else socket.AF_INET
own = socket.inet_pton(family, source)

def is_answer(frame):
    if family == socket.AF_INET:
        is_ours, kind, inner = frame[12:14] == b"\\x08\\x00", frame[23], frame[34:]
        is_ours = is_ours and frame[30:34] == own
    else:
        is_ours, kind, inner = frame[12:14] == b"\\x86\\xdd", frame[20], frame[54:]
        is_ours = is_ours and frame[38:54] == own
    if not is_ours:
        return False
    if kind == 6:
        return inner[2:4] == own_port
    return kind == 1 or (kind == 58 and not 133 <= inner[0] <= 137)

wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind(("veth0", 0))
client = socket.socket(family)
client.settimeout(float(patience))
client.bind((source, 0))
own_port = client.getsockname()[1].to_bytes(2, "big")
greeting = ""
try:
    client.connect((target, int(port)))
    outcome = "connected"
    greeting = client.recv(100).decode()
except TimeoutError:
    outcome = "silence"
except ConnectionRefusedError:
    outcome = "refused"
except OSError as wrong:
    outcome = str(wrong)
wire.setblocking(False)
answers = 0
try:
    while True:
        frame, where = wire.recvfrom(2048)
        answers += where[2] != socket.PACKET_OUTGOING and is_answer(frame)
except BlockingIOError:
    pass
print(json.dumps({"outcome": outcome, "greeting": greeting, "answers": answers}))
"""

# A connection that stays: every line on standard input is sent, and its echo printed.
STAYING = """
import socket, sys
client = socket.create_connection(
    (sys.argv[2], int(sys.argv[3])), timeout=float(sys.argv[4]), source_address=(sys.argv[1], 0)
)
lines = client.makefile("rw")
print(lines.readline(), end="", flush=True)
for line in sys.stdin:
    lines.write(line)
    lines.flush()
    print(lines.readline(), end="", flush=True)
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one attempt to connect came to; `answers` are packets from the server, of any kind."""

    outcome: str
    greeting: str
    answers: int


WELCOME = "connected", "hello\n"
SILENCE = Heard("silence", "", 0)


@dataclass(frozen=True, slots=True)
class Wire:
    """Two network namespaces and the cable between them."""

    client: str
    server: str

    def nft(self, *arguments: str, text: str = "") -> str:
        """Run nft beside the server; its complaint is in the error."""
        command = ["ip", "netns", "exec", self.server, "nft", *arguments]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    def load(self, *networks: str | Network) -> None:
        """Load the ruleset that admits these networks."""
        every = [parse_network(str(network)) for network in networks]
        self.nft("-f", "-", text=ruleset(every, port=PORT))

    def start(
        self, script: str, source: str, port: int = PORT, *, target: str = ""
    ) -> "subprocess.Popen[str]":
        """Start a script at the client's end; it connects from `source`."""
        target = target or SERVER[ip_address(source).version]
        python = [sys.executable, "-I", "-S", "-c", script]
        return subprocess.Popen(
            ["ip", "netns", "exec", self.client, *python, source, target, str(port), f"{PATIENCE}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def attempt(self, *attempts: tuple[str, int]) -> list[Heard]:
        """Connect from each source to each port, all at once."""
        started = [self.start(ATTEMPT, source, port) for source, port in attempts]
        return [Heard(**json.loads(process.communicate(timeout=30)[0])) for process in started]


def run(*command: str) -> None:
    subprocess.run(command, capture_output=True, text=True, check=True)


def lay(wire: Wire) -> None:
    """Join the namespaces and give both ends their addresses."""
    run("ip", "-n", wire.server, "link", "add", "veth0", "type", "veth", "peer", "name", "veth0",
        "netns", wire.client)  # fmt: skip
    for end in (wire.server, wire.client):
        run("ip", "-n", end, "link", "set", "lo", "up")
        run("ip", "-n", end, "link", "set", "veth0", "up")
    for end, sides in ((wire.server, [SERVER]), (wire.client, [LISTED, STRANGER])):
        for side in sides:
            run("ip", "-n", end, "address", "add", f"{side[4]}/24", "dev", "veth0")
            run("ip", "-n", end, "address", "add", f"{side[6]}/64", "dev", "veth0", "nodad")


def await_link(wire: Wire) -> None:
    """Wait until packets pass: the kernel takes up to a second to find a new cable plugged in."""
    everyone = [(side[version], PORT) for side in (LISTED, STRANGER) for version in (4, 6)]
    for _ in range(20):
        if all(heard.outcome == "connected" for heard in wire.attempt(*everyone)):
            return
        time.sleep(0.2)
    pytest.fail("no packet passes between the two namespaces")


@pytest.fixture(scope="module")
def cable() -> Iterator[Wire]:
    """The wire with a listener at its server's end."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    for program in ("ip", "nft"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    wire = Wire(f"strongroom-client-{os.getpid()}", f"strongroom-server-{os.getpid()}")
    with ExitStack() as stack:
        try:
            for end in (wire.client, wire.server):
                run("ip", "netns", "add", end)
                stack.callback(run, "ip", "netns", "delete", end)
            lay(wire)
            wire.nft("list", "ruleset")
        except subprocess.CalledProcessError as wrong:
            pytest.skip(f"network namespaces are not permitted here: {wrong.stderr.strip()}")
        except RuntimeError as wrong:
            pytest.skip(f"nft does not work here: {wrong}")
        ports = [str(PORT), str(OTHER_PORT)]
        command = [sys.executable, "-I", "-S", "-c", LISTENER, *ports]
        listener = stack.enter_context(
            subprocess.Popen(
                ["ip", "netns", "exec", wire.server, *command], stdout=subprocess.PIPE, text=True
            )
        )
        stack.callback(listener.kill)
        assert listener.stdout is not None
        assert listener.stdout.readline() == "ready\n"
        await_link(wire)
        yield wire


@pytest.fixture
def wire(cable: Wire) -> Wire:
    """The wire with no firewall at all."""
    cable.nft("flush", "ruleset")
    return cable


def test_without_the_ruleset_a_stranger_connects_and_a_closed_port_answers(wire: Wire) -> None:
    """Shows that the attempts below can tell: there is a way, and an answer would be heard."""
    open_4, open_6, closed_4, closed_6 = wire.attempt(
        (STRANGER[4], PORT), (STRANGER[6], PORT), (STRANGER[4], CLOSED_PORT),
        (STRANGER[6], CLOSED_PORT),
    )  # fmt: skip
    assert (open_4.outcome, open_4.greeting) == (open_6.outcome, open_6.greeting) == WELCOME
    assert closed_4.outcome == closed_6.outcome == "refused"
    for heard in (open_4, open_6, closed_4, closed_6):
        assert heard.answers > 0


@pytest.mark.req("SFTP-4", "SFTP-5", "E-SFTP-3", "ATK-30")
def test_a_listed_address_connects_and_any_other_hears_nothing_at_all(wire: Wire) -> None:
    wire.load(LISTED[4], LISTED[6])
    welcome_4, welcome_6, silence_4, silence_6 = wire.attempt(
        (LISTED[4], PORT), (LISTED[6], PORT), (STRANGER[4], PORT), (STRANGER[6], PORT)
    )
    assert (welcome_4.outcome, welcome_4.greeting) == WELCOME
    assert (welcome_6.outcome, welcome_6.greeting) == WELCOME
    assert silence_4 == silence_6 == SILENCE


@pytest.mark.req("SFTP-5", "ATK-30")
def test_a_listed_network_admits_everyone_in_it_and_one_family_never_opens_the_other(
    wire: Wire,
) -> None:
    wire.load(CLIENT_NETWORKS[4])
    inside, other_family = wire.attempt((STRANGER[4], PORT), (STRANGER[6], PORT))
    assert (inside.outcome, inside.greeting) == WELCOME
    assert other_family == SILENCE


@pytest.mark.req("SFTP-6")
def test_a_new_list_counts_at_once_and_established_connections_go_on(wire: Wire) -> None:
    """Cutting the sessions of a removed address is the server's part (ATK-34)."""
    wire.load(LISTED[4])
    with wire.start(STAYING, LISTED[4]) as staying:
        assert staying.stdin is not None
        assert staying.stdout is not None
        assert staying.stdout.readline() == "hello\n"
        wire.load(STRANGER[4])
        removed, added = wire.attempt((LISTED[4], PORT), (STRANGER[4], PORT))
        staying.stdin.write("still here\n")
        staying.stdin.flush()
        assert staying.stdout.readline() == "still here\n"
        staying.stdin.close()
    assert removed == SILENCE
    assert (added.outcome, added.greeting) == WELCOME


@pytest.mark.req("SFTP-5")
def test_other_ports_and_other_tables_are_left_alone(wire: Wire) -> None:
    wire.nft("-f", "-", text="table inet mine { chain own { tcp dport 25 counter; }; }")
    before = wire.nft("list", "table", "inet", "mine")
    wire.load()
    wire.load()
    (elsewhere,) = wire.attempt((STRANGER[4], OTHER_PORT))
    assert (elsewhere.outcome, elsewhere.greeting) == WELCOME
    assert wire.nft("list", "table", "inet", "mine") == before
    assert wire.nft("list", "tables").split() == ["table", "inet", "mine", "table", "inet",
                                                  "strongroom"]  # fmt: skip


@pytest.mark.req("SFTP-5")
def test_the_machine_itself_is_not_silenced(wire: Wire) -> None:
    wire.load()
    command = f"import socket; print(socket.create_connection(('::1', {PORT}), 2).recv(9))"
    run("ip", "netns", "exec", wire.server, sys.executable, "-I", "-S", "-c", command)


@pytest.mark.req("E-SFTP-3")
def test_what_was_dropped_is_counted_and_its_source_is_shown(wire: Wire) -> None:
    wire.load(LISTED[4], LISTED[6])
    wire.attempt((STRANGER[4], PORT), (STRANGER[6], PORT), (LISTED[4], PORT))
    counter = json.loads(wire.nft("-j", "list", "counter", "inet", "strongroom", "silenced"))
    (packets,) = (row["counter"]["packets"] for row in counter["nftables"] if "counter" in row)
    assert packets >= 2
    shown_4 = wire.nft("list", "set", "inet", "strongroom", "silenced4")
    assert f"{STRANGER[4]} " in shown_4
    assert f"{LISTED[4]} " not in shown_4
    shown_6 = wire.nft("list", "set", "inet", "strongroom", "silenced6")
    assert f"{ip_network(CLIENT_NETWORKS[6]).network_address} " in shown_6


@pytest.mark.req("SFTP-5", "ATK-30")
def test_a_ruleset_that_is_cut_short_leaves_the_old_one_in_force(wire: Wire) -> None:
    wire.load(LISTED[4])
    before = wire.nft("list", "ruleset")
    cut_short = ruleset([parse_network(STRANGER[4])], port=PORT)[:-6]
    with pytest.raises(RuntimeError, match="syntax error"):
        wire.nft("-f", "-", text=cut_short)
    assert wire.nft("list", "ruleset") == before


@pytest.mark.req("SFTP-5")
def test_a_list_with_the_word_any_admits_everyone(wire: Wire) -> None:
    wire.nft("-f", "-", text=ruleset([ip_network("0.0.0.0/0"), ip_network("::/0")], port=PORT))
    v4, v6 = wire.attempt((STRANGER[4], PORT), (STRANGER[6], PORT))
    assert (v4.outcome, v6.outcome) == ("connected", "connected")


@pytest.mark.soak
@pytest.mark.req("SFTP-5")
def test_a_million_networks_are_loaded_and_replaced_in_seconds(wire: Wire) -> None:
    """Every second address of 32.0.0.0/11: the worst case, because nothing merges."""
    networks = [ip_network((0x20000000 + 2 * step, 32)) for step in range(1_000_000)]
    text = ruleset([*networks, parse_network(LISTED[4])], port=PORT)
    for _ in range(2):
        wire.nft("-f", "-", text=text)
    welcome, silence = wire.attempt((LISTED[4], PORT), (STRANGER[4], PORT))
    assert (welcome.outcome, welcome.greeting) == WELCOME
    assert silence == SILENCE
