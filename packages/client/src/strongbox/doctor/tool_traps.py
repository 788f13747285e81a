"""What is wrong with another program's settings, compared with the profile: traps that look right.

The settings are read by the program's own rules, in `tools`.
"""

from pathlib import Path

from strongbox.doctor import refusals
from strongbox.doctor.report import Finding, Stage, doubtful, failed, fine
from strongbox.profiles.profile import Profile
from strongbox.refusal import Refused
from strongbox.tools.exchange import choose, form_of
from strongbox.tools.ports import KeyForm, Site, Tool


def look_at_tool(profile: Profile, tool: Tool, source: Path, site: str) -> list[Finding]:
    """Compare what a program would do with what the profile does."""
    try:
        found, warnings = choose(tool, source, site)
    except Refused as refused:
        return [failed(Stage.TOOL, refused)]
    traps = [
        doubtful(Stage.TOOL, refusals.TOOL_TRAP.because(file=source, warning=warning))
        for warning in warnings
    ]
    wrong = [*_differences(profile, found, source), *_key(tool, found), *_host_keys(profile, found,
             source)]  # fmt: skip
    return [*wrong, *traps] or [fine(Stage.TOOL, f"{tool.title}: {source}")]


def _differences(profile: Profile, site: Site, source: Path) -> list[Finding]:
    pairs = {
        "host": (site.host, profile.host),
        "port": (site.port, profile.port),
        "login": (site.login, profile.login),
    }
    return [
        failed(
            Stage.TOOL,
            refusals.TOOL_DIFFERS.because(file=source, what=what, theirs=theirs, ours=ours),
        )
        for what, (theirs, ours) in pairs.items()
        if theirs != ours
    ]


def _key(tool: Tool, site: Site) -> list[Finding]:
    """PuTTY's form where the program reads OpenSSH's alone: it then says "error in libcrypto"."""
    if site.key is None:
        return []
    try:
        form = form_of(site.key)
    except OSError as error:
        why = error.strerror or str(error)
        return [failed(Stage.TOOL, refusals.KEY_UNREADABLE.because(path=site.key, why=why))]
    if form in tool.key_forms or form is not KeyForm.PPK:
        return []
    wrong = refusals.TOOL_KEY_FORM.because(tool=tool.title, file=site.key)
    return [failed(Stage.TOOL, wrong)]


def _host_keys(profile: Profile, site: Site, source: Path) -> list[Finding]:
    """A list of host keys that has none of the profile's; programs without a list are left out."""
    ours = {" ".join(line.split()[:2]) for line in profile.host_keys}
    if not site.host_keys or not ours or ours & set(site.host_keys):
        return []
    return [failed(Stage.TOOL, refusals.TOOL_HOST_KEYS.because(file=source))]
