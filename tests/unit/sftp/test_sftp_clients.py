"""The gateway as real clients see it: OpenSSH's sftp and scp, psftp, lftp, rclone, paramiko."""

import shutil
import subprocess
from pathlib import Path

import paramiko
import pytest

from tests.unit.sftp.doubles import memory_file
from tests.unit.sftp.running import LOGIN, Running

CONTENT = memory_file(5_000_001)


def program(name: str) -> str:
    """Find a client's program or skip by its name."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def ssh_options(run: Running) -> list[str]:
    words = ["-F", "none", "-i", str(run.key_file)]
    for option in (
        f"UserKnownHostsFile={run.known_hosts}",
        "StrictHostKeyChecking=yes",
        "BatchMode=yes",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
    ):
        words += ["-o", option]
    return words


def run_program(
    words: list[str], *, text: str = "", folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, input=text, text=True, capture_output=True, timeout=60, cwd=folder, check=False
    )


def sftp(run: Running, folder: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    """Run a batch of OpenSSH's sftp in a folder."""
    words = [program("sftp"), "-P", str(run.port), *ssh_options(run), "-b", "-"]
    return run_program([*words, f"{LOGIN}@127.0.0.1"], text="\n".join(lines), folder=folder)


@pytest.mark.req("SFTP-1", "SFTP-2", "SFTP-3", "DEL-12")
def test_openssh_lists_fetches_uploads_renames_and_removes(
    gateway: Running, tmp_path: Path
) -> None:
    gateway.store.files["/outgoing/a.csv"] = CONTENT
    (tmp_path / "up").write_bytes(CONTENT)
    done = sftp(
        gateway,
        tmp_path,
        "ls -l /outgoing",
        "get /outgoing/a.csv fetched",
        "put up /incoming/first",
        "put -p up /incoming/second",
        "rename /incoming/first /incoming/third",
        "rename /incoming/second /incoming/third",
        "df /",
        "rm /outgoing/a.csv",
        "ls /outgoing",
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "fetched").read_bytes() == CONTENT
    assert (tmp_path / "fetched").stat().st_mode & 0o077 == 0
    assert gateway.store.files == {"/incoming/third": CONTENT}
    assert [receipt.is_whole for receipt in gateway.store.receipts] == [True]
    assert gateway.door.entered[0][2].startswith("OpenSSH_")


def test_openssh_resumes_a_fetch_and_no_receipt_says_whole(
    gateway: Running, tmp_path: Path
) -> None:
    gateway.store.files["/outgoing/a.csv"] = CONTENT
    (tmp_path / "part").write_bytes(CONTENT[:1_000_000])
    done = sftp(gateway, tmp_path, "reget /outgoing/a.csv part")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "part").read_bytes() == CONTENT
    [receipt] = gateway.store.receipts
    assert receipt.is_clean
    assert list(receipt.sent) == [(1_000_000, 5_000_001)]


def test_openssh_resumes_an_upload(gateway: Running, tmp_path: Path) -> None:
    gateway.store.parts["/incoming/up"] = CONTENT[:1_000_000]
    (tmp_path / "up").write_bytes(CONTENT)
    done = sftp(gateway, tmp_path, "reput up /incoming/up")
    assert done.returncode == 0, done.stderr
    assert gateway.store.files["/incoming/up"] == CONTENT


@pytest.mark.req("ATK-2", "ATK-5", "ATK-6", "ATK-7")
@pytest.mark.parametrize(
    "line",
    [
        "put up /outgoing/new",
        "put up /outgoing/a.csv",
        "put up /manifests/new",
        "put up /new",
        "mkdir /incoming/deep",
        "rmdir /incoming",
        "rename /outgoing/a.csv /incoming/a.csv",
        "rename /incoming/b /outgoing/b",
        "ln /outgoing/a.csv /incoming/l",
        "ln -s /outgoing/a.csv /incoming/l",
        "chmod 777 /outgoing/a.csv",
        "chown 0 /incoming/b",
        "rm /manifests/m.json",
        "rm /test/t",
        "get /etc/passwd",
        "get ../../etc/passwd",
        "cd /etc",
        "copy /incoming/b /incoming/c",
    ],
)
def test_openssh_is_refused_what_the_repository_does_not_have(
    gateway: Running, tmp_path: Path, line: str
) -> None:
    before = dict.fromkeys(("/outgoing/a.csv", "/incoming/b"), b"kept")
    before |= {"/manifests/m.json": b"kept", "/test/t": b"kept"}
    gateway.store.files.update(before)
    (tmp_path / "up").write_bytes(b"other")
    done = sftp(gateway, tmp_path, line)
    assert done.returncode != 0
    assert gateway.store.files == before


@pytest.mark.parametrize("direction", ["down", "up"])
def test_scp_in_its_sftp_mode_works(gateway: Running, tmp_path: Path, direction: str) -> None:
    gateway.store.files["/outgoing/a.csv"] = CONTENT
    (tmp_path / "up").write_bytes(CONTENT)
    far = f"{LOGIN}@127.0.0.1:"
    ends = {"down": [far + "/outgoing/a.csv", "got"], "up": ["up", far + "/incoming/up"]}
    words = [program("scp"), "-P", str(gateway.port), *ssh_options(gateway), *ends[direction]]
    done = run_program(words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    copied = (
        (tmp_path / "got").read_bytes()
        if direction == "down"
        else gateway.store.files["/incoming/up"]
    )
    assert copied == CONTENT


@pytest.mark.req("ATK-26")
def test_the_old_scp_protocol_and_commands_are_refused_and_noted(
    gateway: Running, tmp_path: Path
) -> None:
    (tmp_path / "up").write_bytes(b"x")
    far = f"{LOGIN}@127.0.0.1"
    options = ssh_options(gateway)
    scp = [program("scp"), "-O", "-P", str(gateway.port), *options, "up", far + ":/incoming/x"]
    ssh = [program("ssh"), "-p", str(gateway.port), *options, far]
    assert run_program(scp, folder=tmp_path).returncode != 0
    assert run_program([*ssh, "id"]).returncode != 0
    assert run_program([*ssh, "-W", "127.0.0.1:22"]).returncode != 0
    assert gateway.store.files == {}
    gateway.wait_for(lambda: len(gateway.door.refusals) >= 3)


@pytest.mark.req("SFTP-4", "SFTP-7")
@pytest.mark.parametrize("login", [LOGIN, "nobody-at-all"])
def test_openssh_shows_a_stranger_the_reference_and_nothing_else(
    gateway: Running, tmp_path: Path, login: str
) -> None:
    subprocess.run(
        [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "own")],
        check=True,
    )
    options = ssh_options(gateway)
    options[options.index(str(gateway.key_file))] = str(tmp_path / "own")
    words = [program("sftp"), "-P", str(gateway.port), *options, f"{login}@127.0.0.1"]
    done = run_program(words)
    assert done.returncode == 255
    shown = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    shown = [line for line in shown if not line.startswith("Connection closed")]
    assert shown == [
        "This key was not accepted. Reference: 7F3K-22",
        f"{login}@127.0.0.1: Permission denied (publickey).",
    ]


@pytest.mark.req("SFTP-3")
def test_lftp_fetches_and_uploads(gateway: Running, tmp_path: Path) -> None:
    gateway.store.files["/outgoing/a.csv"] = CONTENT
    (tmp_path / "up").write_bytes(CONTENT)
    connect = " ".join(["ssh", "-a", "-x", *ssh_options(gateway)])
    script = (
        "set net:max-retries 1; set net:timeout 20;"
        f'set sftp:connect-program "{connect}";'
        f"open -u {LOGIN}, -p {gateway.port} sftp://127.0.0.1;"
        "get /outgoing/a.csv -o got; put up -o /incoming/up; cls /outgoing; bye"
    )
    words = [program("lftp"), "--norc", "-c", script]
    done = run_program(words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "got").read_bytes() == CONTENT
    assert gateway.store.files["/incoming/up"] == CONTENT


@pytest.mark.req("SFTP-3")
def test_rclone_copies_both_ways(gateway: Running, tmp_path: Path) -> None:
    gateway.store.files["/outgoing/a.csv"] = CONTENT
    (tmp_path / "up").write_bytes(CONTENT)
    (tmp_path / "rclone.conf").write_text(
        f"[firm]\ntype = sftp\nhost = 127.0.0.1\nport = {gateway.port}\nuser = {LOGIN}\n"
        f"key_file = {gateway.key_file}\nknown_hosts_file = {gateway.known_hosts}\n"
        "shell_type = none\ndisable_hashcheck = true\n"
    )
    rclone = [program("rclone"), "--config", "rclone.conf", "--retries", "1"]
    for ends in (["firm:/outgoing/a.csv", "got"], ["up", "firm:/incoming/up"]):
        done = run_program([*rclone, "copyto", *ends], folder=tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "got").read_bytes() == CONTENT
    assert gateway.store.files["/incoming/up"] == CONTENT


@pytest.mark.req("SFTP-3", "KEY-1")
def test_psftp_fetches_and_uploads_with_an_rsa_ppk(gateway: Running, tmp_path: Path) -> None:
    puttygen, psftp = program("puttygen"), program("psftp")
    rsa = paramiko.RSAKey.generate(3072)
    rsa.write_private_key_file(str(tmp_path / "rsa"))
    made = run_program([puttygen, "rsa", "-O", "private", "-o", "rsa.ppk"], folder=tmp_path)
    assert made.returncode == 0, made.stderr
    gateway.door.add(LOGIN, rsa.asbytes())
    gateway.store.files["/outgoing/a.csv"] = CONTENT
    (tmp_path / "up").write_bytes(CONTENT)
    (tmp_path / "batch").write_text("ls /outgoing\nget /outgoing/a.csv got\nput up /incoming/up\n")
    fingerprint = run_program([program("ssh-keygen"), "-lf", str(gateway.known_hosts)])
    words = [psftp, "-P", str(gateway.port), "-i", "rsa.ppk", "-batch", "-b", "batch"]
    words += ["-hostkey", fingerprint.stdout.split()[1], f"{LOGIN}@127.0.0.1"]
    done = run_program(words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "got").read_bytes() == CONTENT
    assert gateway.store.files["/incoming/up"] == CONTENT


@pytest.mark.req("SFTP-3")
def test_paramiko_fetches_and_uploads(gateway: Running, tmp_path: Path) -> None:
    gateway.store.files["/outgoing/a.csv"] = CONTENT
    client = paramiko.SSHClient()
    client.load_host_keys(str(gateway.known_hosts))
    key = paramiko.Ed25519Key.from_private_key_file(str(gateway.key_file))
    with client:
        client.connect(
            "127.0.0.1",
            gateway.port,
            LOGIN,
            pkey=key,
            allow_agent=False,
            look_for_keys=False,
        )
        with client.open_sftp() as session:
            session.get("/outgoing/a.csv", str(tmp_path / "got"))
            session.put(str(tmp_path / "got"), "/incoming/up")
            assert session.stat("/incoming/up").st_size == len(CONTENT)
            with pytest.raises(OSError, match="does not offer"):
                session.symlink("/outgoing/a.csv", "/incoming/l")
    assert (tmp_path / "got").read_bytes() == CONTENT
    assert gateway.store.files["/incoming/up"] == CONTENT
