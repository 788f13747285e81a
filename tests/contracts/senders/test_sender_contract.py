"""The promises of every sender: a notice goes out whole, is seen once, or the call raises."""

import email
import email.policy
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from strongroom.backends.senders.folder.sender import FolderSender
from strongroom.messages.kinds import NoticeKind
from strongroom.messages.notices import Posted
from strongroom.messages.ports import Sender, SenderError

NOTICE = Posted(
    id=uuid.UUID(int=7),
    kind=NoticeKind.SET_UP,
    recipient="acme",
    facts={},
    created_at=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
)


class InFolder:
    """A folder sender with what came out of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sender: Sender = FolderSender(folder, firm="Example\nSecurities")

    def received(self) -> list[email.message.EmailMessage]:
        """Return what the receiver sees."""
        files = sorted(self.folder.glob("*.eml"))
        return [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in files
        ]

    def break_down(self) -> None:
        """Make sending impossible, for root too."""
        self.folder.rmdir()


MEMBERS: dict[str, Callable[[Path], InFolder]] = {"folder": InFolder}


@pytest.fixture(params=MEMBERS)
def member(request: pytest.FixtureRequest, tmp_path: Path) -> InFolder:
    """Each member of the family in turn, with nothing sent yet."""
    folder = tmp_path / "outbox"
    folder.mkdir()
    return MEMBERS[request.param](folder)


def test_a_notice_goes_out_with_its_words(member: InFolder) -> None:
    member.sender.send(NOTICE, subject="設定が完了", body="Log in as acme.\n鍵\n")
    (mail,) = member.received()
    assert mail["Subject"] == "設定が完了"
    assert mail.get_content().splitlines() == ["Log in as acme.", "鍵"]
    assert mail["To"] == "acme@strongroom.invalid"


@pytest.mark.req("ATK-71")
def test_a_notice_sent_twice_is_seen_once_and_keeps_its_id(member: InFolder) -> None:
    member.sender.send(NOTICE, subject="s", body="b")
    member.sender.send(NOTICE, subject="s", body="b")
    (mail,) = member.received()
    assert str(NOTICE.id) in mail["Message-ID"]


@pytest.mark.req("ATK-71")
def test_a_send_that_was_cut_off_is_made_good_by_the_next(member: InFolder) -> None:
    member.sender.send(NOTICE, subject="s", body="b")
    (whole,) = member.folder.glob("*.eml")
    whole.rename(whole.with_suffix(".part"))
    member.sender.send(NOTICE, subject="s", body="b")
    assert len(member.received()) == 1
    assert len(list(member.folder.iterdir())) == 1


@pytest.mark.req("ATK-67")
def test_line_ends_in_a_subject_make_no_header(member: InFolder) -> None:
    member.sender.send(NOTICE, subject="Key of\r\nBcc: mallory@example.org", body="b")
    (mail,) = member.received()
    assert mail["Bcc"] is None
    assert "mallory" in mail["Subject"]


def test_what_goes_out_is_closed_to_others(member: InFolder) -> None:
    member.sender.send(NOTICE, subject="s", body="b")
    assert [file.stat().st_mode & 0o077 for file in member.folder.iterdir()] == [0]


def test_a_notice_that_cannot_go_out_raises_to_be_tried_again(member: InFolder) -> None:
    member.break_down()
    with pytest.raises(SenderError):
        member.sender.send(NOTICE, subject="s", body="b")
