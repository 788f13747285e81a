"""Publishing: statements per second with and without PGP, and `gpg` run once for each file.

`gpg` is the way a firm without the product would do it. The encryptor alone, without intake,
database and storage, shows what the product's own path costs.
"""

import multiprocessing
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import openpgp
from bench.results import Quantity, Section
from bench.run import Run
from bench.servers import STRONGROOM, BenchError
from bench.shelves import KIBIBYTE, names_of

GPG, ALONE = "gpg per file", "encryptor alone"
_SECONDS = 3.0
_TARGETS = ((GPG, "at least 20"),)
_ACCOUNTS = {"plain": "U9000011", "rsa3072": "U9000012", "cv25519": "U9000013"}


def measure(run: Run) -> Section:
    """Plain, then for each key type `gpg`, the encryptor alone and the product."""
    cores = os.cpu_count() or 1
    section = Section(
        "publish",
        "Publishing statements",
        f"{run.sizes.publish_files} statements of {run.sizes.document_bytes // KIBIBYTE} KiB, one "
        "recipient each, from the command to published and waited for; PGP is encrypted to the "
        f"recipient and signed. All of it may use all {cores} cores.",
        [GPG, ALONE, STRONGROOM],
        STRONGROOM,
    )
    with openpgp.KeyRing(run.home / "g") as ring:
        for kind in ("plain", *openpgp.KINDS):
            name = "without PGP" if kind == "plain" else f"with PGP, {kind} recipient"
            quantity = Quantity(name, "statements/s", () if kind == "plain" else _TARGETS)
            run.say(f"publish: {name}")
            if kind != "plain":
                section.add(quantity, GPG, _gpg_rate(ring, kind, run, cores))
                section.add(quantity, ALONE, _encryptor_rate(ring, kind, run, cores))
            _product(section, quantity, run, kind, ring)
    return section


def _product(
    section: Section, quantity: Quantity, run: Run, kind: str, ring: openpgp.KeyRing
) -> None:
    if all(server.name != STRONGROOM for server in run.servers):
        return
    home = run.strongroom
    try:
        account, login = _ACCOUNTS[kind], f"publish-{kind}"
        home.add_account(account)
        home.add_recipient(login, account, pgp="off" if kind == "plain" else "required")
        if kind != "plain":
            home.enrol("pgp-key", login, ring.public_file(kind))
        files = _documents(run, account)
        began = time.monotonic()
        home.publish(files)
        section.add(quantity, STRONGROOM, len(files) / (time.monotonic() - began))
    except BenchError as error:
        section.excuse(quantity, STRONGROOM, str(error))


def _documents(run: Run, account: str) -> list[Path]:
    folder = run.home / account
    folder.mkdir()
    size = run.sizes.document_bytes
    paths = [folder / name for name in names_of(account, run.sizes.publish_files)]
    for path in paths:
        path.write_bytes(os.urandom(size // 2).hex().encode())
    return paths


def _gpg_rate(ring: openpgp.KeyRing, kind: str, run: Run, cores: int) -> float:
    """Documents per second with as many `gpg` at a time as there are cores."""
    source = run.home / "document"
    source.write_bytes(os.urandom(run.sizes.document_bytes // 2).hex().encode())
    deadline = time.monotonic() + _SECONDS

    def one_lane(lane: int) -> int:
        done = 0
        while time.monotonic() < deadline:
            ring.encrypt_with_gpg(kind, source, run.home / f"document-{lane}.pgp")
            done += 1
        return done

    began = time.monotonic()
    with ThreadPoolExecutor(cores) as lanes:
        done = sum(lanes.map(one_lane, range(cores)))
    return done / (time.monotonic() - began)


def _encryptor_rate(ring: openpgp.KeyRing, kind: str, run: Run, cores: int) -> float:
    """Documents per second of the library in one process for each core, as the product runs it."""
    document = os.urandom(run.sizes.document_bytes // 2).hex().encode()
    job = (ring.public_file(kind).read_bytes(), document, _SECONDS)
    with multiprocessing.get_context("fork").Pool(cores) as pool:
        return sum(pool.map(openpgp.encrypt_in_a_loop, [job] * cores, chunksize=1))
