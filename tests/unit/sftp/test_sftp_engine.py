"""The engine by itself: every request is opened by name or refused, and paths never deceive it."""

import pytest
from asyncssh.packet import String, UInt32, UInt64
from strongroom.gateways.sftp import verbs
from strongroom_formats.sftp_numbers import Message, OpenFlag, Status

from tests.unit.sftp.engine_bench import CONTENT, NO_ATTRIBUTES, WRITE_NEW, Bench, play

FROM_CLIENTS = [kind for kind in Message if kind <= Message.SYMLINK or kind == Message.EXTENDED]


@pytest.mark.req("ATK-1", "ATK-2")
def test_every_request_a_client_can_send_is_opened_or_refused_by_name() -> None:
    in_the_engine = {Message.INIT, Message.READ, Message.WRITE}
    groups = [in_the_engine, set(verbs.QUICK), set(verbs.SLOW), set(verbs.REFUSED)]
    named = [kind for group in groups for kind in group]
    assert len(named) == len(set(named))
    assert set(named) == set(FROM_CLIENTS) - {Message.VERSION}


@pytest.mark.req("ATK-1", "ATK-2")
@pytest.mark.parametrize(
    "name",
    [name for name, verb in verbs.EXTENSIONS.items() if verb is None] + [b"", b"x" * 9000],
)
def test_an_extension_that_is_not_opened_is_refused(name: bytes) -> None:
    async def script(bench: Bench) -> None:
        path = String("/outgoing/a.csv")
        answer = await bench.one(Message.EXTENDED, String(name), path, path, path)
        assert answer.code == Status.OP_UNSUPPORTED

    play(script)


@pytest.mark.parametrize("kind", [*verbs.REFUSED, 0, 21, 99, 101, 105, 201, 255])
def test_what_is_no_request_of_ours_is_refused_and_the_session_goes_on(kind: int) -> None:
    async def script(bench: Bench) -> None:
        answer = await bench.one(kind, String("/outgoing/a.csv"), String("/incoming/l"))
        assert answer.code == Status.OP_UNSUPPORTED
        assert (await bench.one(Message.STAT, String("/"))).kind == Message.ATTRS

    play(script)


PATH_VERBS = [
    (Message.OPEN, (UInt32(OpenFlag.READ), NO_ATTRIBUTES)),
    (Message.OPEN, (UInt32(WRITE_NEW), NO_ATTRIBUTES)),
    (Message.LSTAT, ()),
    (Message.STAT, ()),
    (Message.SETSTAT, (UInt32(4), UInt32(0o777))),
    (Message.OPENDIR, ()),
    (Message.REMOVE, ()),
    (Message.MKDIR, (NO_ATTRIBUTES,)),
    (Message.RMDIR, ()),
    (Message.RENAME, (String("/incoming/new"),)),
]


@pytest.mark.req("ATK-1")
@pytest.mark.parametrize(("kind", "rest"), PATH_VERBS)
@pytest.mark.parametrize(
    "path",
    [
        b"/etc/passwd",
        b"../../etc/passwd",
        b"/outgoing/..\\x",
        b"/outgoing/a\0",
        b"/outgoing/a\r\nb",
        b"/outgoing/\xc0\xae\xc0\xae",
        b"/outgoing/%2e%2e/x",
        "/outgoing/\u202ea".encode(),
        b"/outgoing/a.csv/..%00",
        b"/" + b"a" * 5000,
    ],
)
def test_no_request_takes_a_path_that_deceives(
    kind: Message, rest: tuple[bytes, ...], path: bytes
) -> None:
    async def script(bench: Bench) -> None:
        answer = await bench.one(kind, String(path), *rest)
        assert answer.code in {
            Status.NO_SUCH_FILE,
            Status.PERMISSION_DENIED,
            Status.FAILURE,
        }

    bench = play(script)
    assert bench.store.files == {"/outgoing/a.csv": CONTENT, "/incoming/b": b"mine"}


@pytest.mark.req("ATK-5")
@pytest.mark.parametrize("kind", [Message.RENAME, Message.EXTENDED])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/outgoing/a.csv", "/incoming/a.csv"),
        ("/incoming/b", "/outgoing/a.csv"),
        ("/incoming/b", "/outgoing/new"),
        ("/incoming/b", "/b"),
        ("/incoming/b", "/incoming"),
        ("/incoming", "/incoming2"),
        ("/incoming/b", "/incoming/../outgoing/x"),
    ],
)
def test_nothing_is_renamed_into_or_out_of_a_published_folder(
    kind: Message, old: str, new: str
) -> None:
    extension = [String("posix-rename@openssh.com")] if kind == Message.EXTENDED else []

    async def script(bench: Bench) -> None:
        answer = await bench.one(kind, *extension, String(old), String(new))
        assert answer.code in {Status.PERMISSION_DENIED, Status.FAILURE}

    bench = play(script)
    assert bench.store.files == {"/outgoing/a.csv": CONTENT, "/incoming/b": b"mine"}


def test_a_rename_replaces_only_in_its_posix_form() -> None:
    async def script(bench: Bench) -> None:
        bench.store.files["/incoming/c"] = b"old"
        names = String("/incoming/b"), String("/incoming/c")
        assert (await bench.one(Message.RENAME, *names)).code == Status.FAILURE
        posix = String("posix-rename@openssh.com")
        assert (await bench.one(Message.EXTENDED, posix, *names)).code == Status.OK

    assert play(script).store.files["/incoming/c"] == b"mine"


@pytest.mark.req("ATK-6")
@pytest.mark.parametrize(
    "wish",
    [
        UInt32(1) + UInt64(0),
        UInt32(2) + UInt32(0) + UInt32(0),
        UInt32(4) + UInt32(0o777),
        UInt32(8) + UInt32(1) + UInt32(1),
    ],
)
def test_attributes_of_a_published_file_cannot_be_changed(wish: bytes) -> None:
    async def script(bench: Bench) -> None:
        answer = await bench.one(Message.SETSTAT, String("/outgoing/a.csv"), wish)
        assert answer.code == Status.PERMISSION_DENIED
        handle = await bench.open("/outgoing/a.csv")
        answer = await bench.one(Message.FSETSTAT, handle, wish)
        assert answer.code == Status.PERMISSION_DENIED

    play(script)


def test_clients_may_set_times_and_mode_of_their_upload() -> None:
    async def script(bench: Bench) -> None:
        wish = UInt32(12) + UInt32(0o600) + UInt32(1) + UInt32(1)
        handle = await bench.open("/incoming/c", WRITE_NEW)
        assert (await bench.one(Message.FSETSTAT, handle, wish)).code == Status.OK
        assert (await bench.one(Message.CLOSE, handle)).code == Status.OK
        assert (await bench.one(Message.SETSTAT, String("/incoming/c"), wish)).code == Status.OK
        nowhere = String("/incoming/nowhere")
        assert (await bench.one(Message.SETSTAT, nowhere, wish)).code == Status.NO_SUCH_FILE
        size = UInt32(1) + UInt64(5)
        answer = await bench.one(Message.SETSTAT, String("/incoming/c"), size)
        assert answer.code == Status.PERMISSION_DENIED

    play(script)


@pytest.mark.req("ATK-7")
@pytest.mark.parametrize(
    "flags",
    [
        OpenFlag.WRITE,
        OpenFlag.READ | OpenFlag.WRITE,
        OpenFlag.READ | OpenFlag.APPEND,
        OpenFlag.READ | OpenFlag.TRUNC,
        OpenFlag.READ | OpenFlag.CREAT,
        OpenFlag.WRITE | OpenFlag.APPEND,
        OpenFlag.WRITE | OpenFlag.CREAT | OpenFlag.EXCL,
        WRITE_NEW,
    ],
)
@pytest.mark.parametrize("path", ["/outgoing/a.csv", "/manifests/m", "/test/t", "/x", "/outgoing"])
def test_no_open_flag_writes_outside_incoming(flags: OpenFlag, path: str) -> None:
    async def script(bench: Bench) -> None:
        answer = await bench.one(Message.OPEN, String(path), UInt32(flags), NO_ATTRIBUTES)
        assert answer.code in {Status.PERMISSION_DENIED, Status.FAILURE}

    play(script)


def test_an_exclusive_upload_does_not_touch_what_is_there() -> None:
    async def script(bench: Bench) -> None:
        flags = UInt32(OpenFlag.WRITE | OpenFlag.CREAT | OpenFlag.EXCL)
        answer = await bench.one(Message.OPEN, String("/incoming/b"), flags, NO_ATTRIBUTES)
        assert answer.code == Status.FAILURE
        flags = UInt32(OpenFlag.WRITE)
        answer = await bench.one(Message.OPEN, String("/incoming/none"), flags, NO_ATTRIBUTES)
        assert answer.code == Status.NO_SUCH_FILE

    assert play(script).store.files["/incoming/b"] == b"mine"
