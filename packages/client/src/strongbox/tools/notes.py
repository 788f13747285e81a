"""What people are told beside the files: above all the host keys that a program cannot be given.

The files themselves are written in the modules of the programs.
"""

from strongbox.tools.ports import Site
from strongbox.tools.sites import host_key
from strongbox.words import say


def compare_host_keys(site: Site) -> tuple[str, ...]:
    """Return what to compare in the program's first question about the server."""
    if not site.host_keys:
        return (
            say(
                "The profile has no host keys. Ask the firm for the fingerprint before you accept "
                "one in the program."
            ),
        )
    head = say("The file has no field for host keys. Accept in the program only one of these:")
    return (head, *fingerprints(site))


def fingerprints(site: Site) -> tuple[str, ...]:
    """Return each host key as `type SHA256:…`."""
    keys = [host_key(line) for line in site.host_keys]
    return tuple(f"{key.algorithm} {key.fingerprint_sha256}" for key in keys)
