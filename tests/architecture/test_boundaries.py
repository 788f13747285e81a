"""Boundaries that imports cannot show: async, clock, chance, and calls that are never made."""

import ast

import pytest

from tests.architecture.source_tree import (
    CLIENT,
    FORMATS,
    ROOT,
    SERVER,
    functions,
    modules_imported,
    names_used,
    product_files,
    python_files,
    shown,
    tree_of,
)

ASYNC_HOMES = (
    SERVER / "gateways" / "sftp",
    SERVER / "visits",
    SERVER / "runtime" / "sftp.py",
    SERVER / "runtime" / "whole_requests.py",
    CLIENT,
)
ENVIRONMENT_HOMES = (
    SERVER / "runtime",
    CLIENT / "commands",
    CLIENT / "keys" / "secrets.py",
    CLIENT / "profiles" / "box.py",
    CLIENT / "words.py",
    CLIENT / "wire" / "ssh_options.py",  # to keep asyncssh from asking it who runs the process
)
CLOCK_AND_CHANCE = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid1",
    "uuid4",
    "time.time",
    "time.monotonic",
    "os.urandom",
    "urandom",
}
DANGEROUS_MODULES = (
    "pickle", "cPickle", "dill", "cloudpickle", "jsonpickle", "shelve", "marshal", "yaml", "ruamel",
    "xml.etree", "xml.dom", "xml.sax", "xmlrpc", "lxml", "plistlib", "xmltodict",
)  # fmt: skip
DANGEROUS_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
# `xml.sax.saxutils` only writes: it escapes what goes into a document.
XML_HOMES = (
    SERVER / "backends" / "factors" / "card" / "pskc_xml.py",
    SERVER / "rules" / "xml_report.py",
    CLIENT / "tools" / "xml_reading.py",
)
"""Read XML with expat, and refuse every entity; their own tests show it."""


def _is_in(path: object, homes: tuple[object, ...]) -> bool:
    return any(str(path).startswith(str(home)) for home in homes)


def test_async_lives_only_in_the_gateway_the_bridge_the_serving_process_and_the_client() -> None:
    astray = [
        f"{shown(path)}:{function.lineno} {function.name}"
        for path in product_files()
        if not _is_in(path, ASYNC_HOMES)
        for function in functions(tree_of(path))
        if isinstance(function, ast.AsyncFunctionDef)
    ]
    assert astray == []


def test_rules_and_formats_take_time_and_chance_as_arguments() -> None:
    astray = [
        f"{shown(path)}:{line} {name}"
        for path in product_files()
        if _is_in(path, (SERVER / "rules", FORMATS))
        for name, line in names_used(tree_of(path))
        if name in CLOCK_AND_CHANCE
    ]
    assert astray == []


def test_the_environment_is_read_at_the_rim_alone() -> None:
    astray = [
        f"{shown(path)}:{line}"
        for path in product_files()
        if not _is_in(path, ENVIRONMENT_HOMES)
        for name, line in names_used(tree_of(path))
        if name in {"os.environ", "os.getenv", "environ", "getenv"}
    ]
    assert astray == []


@pytest.mark.req("ATK-50")
def test_nothing_reads_a_format_that_can_carry_code_or_entities() -> None:
    astray = [
        f"{shown(path)}:{line} {name}"
        for path in python_files()
        for name, line in modules_imported(tree_of(path))
        if (name.startswith(DANGEROUS_MODULES) and not name.startswith("xml.sax.saxutils."))
        or (name.startswith("xml.parsers") and path not in XML_HOMES and path in product_files())
    ]
    assert astray == []


@pytest.mark.req("ATK-50")
def test_nothing_runs_text_as_code_or_through_a_shell() -> None:
    astray = [
        f"{shown(path)}:{node.lineno}"
        for path in python_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and _is_dangerous(node)
    ]
    assert astray == []


def _is_dangerous(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    through_shell = any(
        word.arg == "shell" and not (isinstance(word.value, ast.Constant) and not word.value.value)
        for word in call.keywords
    )
    return name in DANGEROUS_CALLS or through_shell


@pytest.mark.req("ATK-2", "KEY-7")
def test_the_librarys_own_file_server_and_key_reader_are_never_used() -> None:
    """`asyncssh.SFTPServer` reaches the real disk; its key reader takes private keys for public."""
    forbidden = {"SFTPServer", "import_public_key", "read_public_key", "import_authorized_keys"}
    astray = [
        f"{shown(path)}:{line} {name}"
        for path in product_files()
        for name, line in (*names_used(tree_of(path)), *modules_imported(tree_of(path)))
        if name.rpartition(".")[2] in forbidden
    ]
    assert astray == []


@pytest.mark.req("ATK-36")
def test_no_address_is_ever_looked_up_in_the_domain_name_system() -> None:
    """What a stranger's name server says can so reach no query, no log and no page."""
    forbidden = {"gethostbyaddr", "getnameinfo", "getfqdn", "gethostbyname_ex"}
    astray = [
        f"{shown(path)}:{line} {name}"
        for path in product_files()
        for name, line in names_used(tree_of(path))
        if name.rpartition(".")[2] in forbidden
    ]
    assert astray == []


def test_no_query_is_put_together_from_text() -> None:
    """Parameters are bound, because joined text emptied whole customer bases (MOVEit)."""
    astray = [
        f"{shown(path)}:{node.lineno}"
        for path in product_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"execute", "executemany", "raw", "RawSQL", "extra"}
        and any(isinstance(part, ast.JoinedStr | ast.BinOp) for part in node.args)
    ]
    assert astray == []


def test_the_checks_see_the_product() -> None:
    """If the tree moved, every test here would pass on nothing."""
    assert len(product_files()) > 100
    assert all(home.exists() for home in XML_HOMES)
    assert all(home.exists() for home in ASYNC_HOMES), ROOT
