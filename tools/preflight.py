"""Says what this machine lacks before `make setup` makes the virtual environment.

Runs with the machine's own python3, however old (3.6 at least), and the standard library alone.
On Debian and Ubuntu, root gets the missing package installed; everybody else gets told its name.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
ROOM = 1024 * 1024 * 1024
WANTED_ROOM = "1 GiB"


def main():
    """Check everything; ends with 0, or with 69 after saying what to install."""
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for check in (_check_version, _check_venv, _check_folder):
        trouble = check(top)
        if trouble:
            sys.stderr.write(trouble + "\n")
            return 69
    return 0


def _check_version(_top):
    if sys.version_info[:2] >= OLDEST:
        return ""
    found = ".".join(str(number) for number in sys.version_info[:2])
    return (
        f"Strongroom needs Python 3.11 or newer; {sys.executable} is {found}.\n"
        "Install a newer one beside it and name it: make PYTHON=python3.11 setup"
    )


def _check_venv(_top):
    if _has_venv():
        return ""
    package = "python3-venv" if _is_system_python() else f"python3.{sys.version_info[1]}-venv"
    apt = shutil.which("apt-get")
    if apt is None:
        return (
            "This Python cannot make virtual environments: the standard modules `venv` and\n"
            "`ensurepip` are missing. Install your system's package for them."
        )
    if os.geteuid() != 0:
        return (
            "This Python cannot make virtual environments. Install what is missing:\n"
            f"  sudo apt install {package}"
        )
    sys.stdout.write(f"Installing {package} ...\n")
    sys.stdout.flush()
    if _install(apt, package) and _has_venv():
        return ""
    return f"{package} could not be installed. Try: apt update && apt install {package}"


def _is_system_python():
    return os.path.realpath(sys.executable) == os.path.realpath("/usr/bin/python3")


def _has_venv():
    command = [sys.executable, "-c", "import venv, ensurepip"]
    return subprocess.call(command, stderr=subprocess.DEVNULL) == 0


def _install(apt, package):
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    lock = ["-o", "DPkg::Lock::Timeout=300", "-qq"]
    install = [apt, *lock, "install", "-y", "--no-install-recommends", package]
    for command in (install, [apt, *lock, "update"], install):
        done = subprocess.call(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if done == 0 and command is install:
            return True
    return False


def _check_folder(top):
    if not os.access(top, os.W_OK):
        return f"The folder {top} cannot be written to. Copy the project to one of your own."
    free = shutil.disk_usage(top).free
    if free < ROOM and not os.path.exists(os.path.join(top, ".venv", ".ready-server")):
        return (
            f"There are {free // (1024 * 1024)} MiB free in {top}; setting up takes {WANTED_ROOM}."
        )
    return ""


if __name__ == "__main__":
    sys.exit(main())
