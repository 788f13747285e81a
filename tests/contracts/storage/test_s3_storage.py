"""The S3 storage on a wire that fails, with wrong keys, and with settings that are unsafe."""

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from strongroom.backends.storage.s3.settings import S3Settings, SecondWrite
from strongroom.backends.storage.s3.storage import S3Storage, build
from strongroom.rules.refusals import Refused
from strongroom.rules.secret import Secret
from strongroom.statements.ports import StorageError

from tests.contracts.storage.faulty_wire import Wire, wire_to
from tests.contracts.storage.members import fresh_key, read_all, s3_member
from tools.s3_servers import BUCKET, S3Server

NINE = (9 << 20) + 1


@pytest.fixture
def settings(moto_server: S3Server) -> S3Settings:
    return s3_member(moto_server).s3_settings()


@pytest.fixture
def wire(moto_server: S3Server) -> Iterator[Wire]:
    with wire_to(moto_server.endpoint) as wire:
        yield wire


@pytest.fixture
def through(settings: S3Settings, wire: Wire) -> S3Storage:
    """The storage, over the wire that fails."""
    limits = {"request_limit": timedelta(seconds=20), "retry_limit": timedelta(seconds=5)}
    return storage_of(replace(settings, endpoint=wire.endpoint, **limits))


def storage_of(settings: S3Settings) -> S3Storage:
    storage = build(settings)
    assert isinstance(storage, S3Storage)
    return storage


def unfinished_uploads(server: S3Server, prefix: str) -> list[str]:
    """The keys of multi-part uploads that were begun and neither ended nor given up."""
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )
    try:
        uploads = client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    finally:
        client.close()
    return [upload["Key"] for upload in uploads if upload["Key"].startswith(prefix)]


@pytest.mark.req("ATK-10")
@pytest.mark.parametrize("which", ["moto_server", "swift_server"])
def test_a_source_that_fails_in_mid_upload_leaves_no_parts(
    which: str, request: pytest.FixtureRequest
) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(300):
            yield random.Random(1).randbytes(100_000)
        raise RuntimeError("the source broke")

    server: S3Server = request.getfixturevalue(which)
    member = s3_member(server)
    with pytest.raises(RuntimeError, match="the source broke"):
        member.build().put(fresh_key(), chunks())
    assert unfinished_uploads(server, member.settings["prefix"]) == []


def test_reading_in_sequence_asks_the_server_for_blocks_only(
    through: S3Storage, wire: Wire
) -> None:
    data, key = random.Random(2).randbytes(NINE), fresh_key()
    through.put(key, [data])
    reader = through.open(key)
    assert reader.descriptor is None
    wire.asked.clear()
    read = [reader.read(offset, 32768) for offset in range(0, NINE, 32768)]
    reader.close()
    assert b"".join(read) == data
    assert len(wire.asked) == 10


def test_threads_that_want_one_block_wait_for_one_request(through: S3Storage, wire: Wire) -> None:
    key = fresh_key()
    through.put(key, [b"x" * 1_000_000])
    reader = through.open(key)
    wire.asked.clear()
    wire.delay = 0.1
    threads = [threading.Thread(target=reader.read, args=[n * 32768, 32768]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wire.asked) == 1


@pytest.mark.req("ATK-11")
def test_a_write_whose_answer_was_lost_knows_its_own_object(through: S3Storage, wire: Wire) -> None:
    key = fresh_key()
    wire.lose_answers_to = ["PUT"]
    assert through.put(key, [b"mine"]).size == 4
    assert [method for method, _ in wire.asked].count("PUT") == 2
    assert read_all(through, key) == b"mine"


@pytest.mark.req("ATK-11")
def test_a_lost_answer_does_not_make_somebody_elses_object_ours(
    through: S3Storage, settings: S3Settings, wire: Wire
) -> None:
    key = fresh_key()
    build(settings).put(key, [b"same"])
    wire.lose_answers_to = ["PUT"]
    with pytest.raises(StorageError):
        through.put(key, [b"same"])


@pytest.mark.req("ATK-11")
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_long_write_whose_answer_was_lost_is_whole_or_an_error(
    through: S3Storage, wire: Wire, method: str
) -> None:
    data, key = random.Random(3).randbytes(NINE), fresh_key()
    wire.lose_answers_to = [method]
    try:
        through.put(key, [data])
    except StorageError:
        assert list(through.keys("")) == []
        return
    assert read_all(through, key) == data


@pytest.mark.parametrize("size", [10, NINE])
def test_a_server_in_trouble_is_a_passing_error(through: S3Storage, wire: Wire, size: int) -> None:
    key = fresh_key()
    through.put(key, [b"x"])
    wire.answer = 503
    for verb in (
        lambda: through.put(fresh_key(), [b"x" * size]),
        lambda: through.open(key),
        lambda: through.remove(key),
        lambda: list(through.keys("")),
        through.check,
    ):
        with pytest.raises(StorageError) as failed:
            verb()
        assert not failed.value.is_permanent
    wire.answer = 0
    assert read_all(through, key) == b"x"


def test_a_server_that_does_not_answer_in_time_is_a_passing_error(
    settings: S3Settings, wire: Wire
) -> None:
    wire.delay = 1.0
    limits = {"request_limit": timedelta(seconds=0.2), "retry_limit": timedelta(seconds=0.5)}
    storage = storage_of(replace(settings, endpoint=wire.endpoint, **limits))
    with pytest.raises(StorageError) as failed:
        storage.open(fresh_key())
    assert not failed.value.is_permanent


def test_a_server_that_is_not_there_is_a_passing_error(settings: S3Settings) -> None:
    with pytest.raises(StorageError) as failed:
        build(replace(settings, endpoint="http://127.0.0.1:9")).open(fresh_key())
    assert not failed.value.is_permanent


def test_half_an_answer_is_not_taken_for_the_whole(through: S3Storage, wire: Wire) -> None:
    key = fresh_key()
    through.put(key, [b"0123456789"])
    reader = through.open(key)
    wire.damage = lambda answer: answer[:5]
    with pytest.raises(StorageError) as failed:
        reader.read(0, 10)
    assert not failed.value.is_permanent
    wire.damage = None
    assert reader.read(0, 10) == b"0123456789"
    reader.close()


def test_an_object_that_goes_while_it_is_read_is_a_permanent_error(through: S3Storage) -> None:
    key = fresh_key()
    through.put(key, [b"x"])
    reader = through.open(key)
    through.remove(key)
    with pytest.raises(StorageError) as failed:
        reader.read(0, 1)
    assert failed.value.is_permanent
    reader.close()


def test_a_wrong_secret_is_a_permanent_error_that_does_not_tell_it(swift_server: S3Server) -> None:
    settings = replace(s3_member(swift_server).s3_settings(), secret_key=Secret("wr0ng-s3cret"))
    for verb in (lambda s: s.put(fresh_key(), [b"x"]), lambda s: s.open(fresh_key())):
        with pytest.raises(StorageError, match="refused access") as failed:
            verb(build(settings))
        assert failed.value.is_permanent
        assert "s3cret" not in f"{failed.value!r} {failed.value.__cause__!r}"


def test_a_missing_bucket_is_a_permanent_error(settings: S3Settings) -> None:
    storage = storage_of(replace(settings, bucket="no-such-bucket"))
    for verb in (storage.check, lambda: list(storage.keys(""))):
        with pytest.raises(StorageError) as failed:
            verb()
        assert failed.value.is_permanent


def test_prefixes_keep_storages_in_one_bucket_apart(settings: S3Settings) -> None:
    one, key = build(settings), fresh_key()
    one.put(key, [b"x"])
    for prefix in (f"{settings.prefix}2", settings.prefix[:-1], f"{settings.prefix}/deeper"):
        other = build(replace(settings, prefix=prefix))
        assert list(other.keys("")) == []
        with pytest.raises(StorageError):
            other.open(key)
    assert [found for found, _ in one.keys("")] == [key]


def test_what_is_no_key_of_ours_in_the_bucket_is_not_listed(settings: S3Settings) -> None:
    top = build(replace(settings, prefix=""))
    below, key = build(settings), fresh_key()
    below.put(key, [b"x"])
    assert key not in {found for found, _ in top.keys("")}


def test_the_check_says_how_to_set_up_a_server_without_conditional_writes(
    swift_server: S3Server,
) -> None:
    settings = s3_member(swift_server).s3_settings()
    with pytest.raises(StorageError, match="look-first") as failed:
        build(replace(settings, second_write=SecondWrite.SERVER)).check()
    assert failed.value.is_permanent
    assert "look-first" in build(settings).check()


def test_the_check_finds_a_server_that_takes_no_heed_of_the_condition(
    through: S3Storage, wire: Wire
) -> None:
    wire.drop_header = "if-none-match"
    with pytest.raises(StorageError, match="accepts a second write"):
        through.check()
    assert list(through.keys("")) == []


def test_the_environment_has_no_say(
    swift_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ENDPOINT": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_BUCKET": "another",
        "AWS_ACCESS_KEY_ID": "another",
        "AWS_SECRET_ACCESS_KEY": "another",
        "AWS_SESSION_TOKEN": "another",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_REGION": "another",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
    }.items():
        monkeypatch.setenv(name, value)
    assert s3_member(swift_server).build().check()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("endpoint", "http://objects.example.com", "clear text"),
        ("endpoint", "http://127.0.0.1.example.com", "clear text"),
        ("endpoint", "http://127.0.0.1@example.com", "clear text"),
        ("endpoint", "http://10.0.0.1:9000", "clear text"),
        ("endpoint", "ftp://127.0.0.1", "https://"),
        ("endpoint", "objects.example.com", "https://"),
        ("bucket", "", "storage.bucket"),
        ("bucket", "a/b", "storage.bucket"),
        ("bucket", "UPPER", "storage.bucket"),
        ("prefix", "/abs", "storage.prefix"),
        ("prefix", "a/../b", "storage.prefix"),
        ("prefix", "a//b", "storage.prefix"),
        ("region", "eu west", "storage.region"),
        ("access_key", "", "access key"),
        ("secret_key", Secret(""), "secret key"),
    ],
)
def test_settings_that_cannot_work_or_are_unsafe_are_refused(
    settings: S3Settings, field: str, value: object, told: str
) -> None:
    with pytest.raises(Refused, match=told):
        replace(settings, **{field: value})


@pytest.mark.parametrize(
    "endpoint", ["https://objects.example.com", "http://127.0.0.1:9000", "http://[::1]:9000", ""]
)
def test_https_or_loopback_is_accepted(settings: S3Settings, endpoint: str) -> None:
    assert build(replace(settings, endpoint=endpoint))


def test_a_missing_file_of_certificates_is_refused(settings: S3Settings, tmp_path: Path) -> None:
    missing = replace(settings, ca_certificates=tmp_path / "missing.pem")
    with pytest.raises(Refused, match="ca_certificates"):
        build(missing)


def test_settings_do_not_show_the_secret(settings: S3Settings) -> None:
    assert "testing" not in repr(settings)
    assert "***" in repr(settings)


def test_an_empty_endpoint_is_amazons(settings: S3Settings) -> None:
    amazon = replace(settings, endpoint="", region="eu-central-1")
    assert amazon.address == "https://s3.eu-central-1.amazonaws.com"
    assert not amazon.is_clear_text
