"""The programs that tests drive: real SIP phones and a real PostgreSQL.

A tool is taken where it is found: on the machine, else unpacked in the cache of the project.
`python -m tests.tools` fetches what is missing, and Asterisk: with apt when root, without root
unpacked from Debian's packages.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from orchestrator.asterisk.debian import PackageTree, loader_command
from orchestrator.asterisk.fetch import find_asterisk
from orchestrator.errors import Misconfigured
from orchestrator.settings import Settings

# Unpacked packages, Asterisk's among them; shared by all test runs of this checkout.
CACHE = Path(__file__).parent.parent / ".cache" / "packages"
# Program -> the Debian package that holds it.
PACKAGES = {
    "sipp": "sip-tester",
    "baresip": "baresip-core",
    "initdb": "postgresql",
    "postgres": "postgresql",
}
# PostgreSQL's server programs are not on the search path of Debian.
_SERVER_PROGRAMS = "usr/lib/postgresql/*/bin"


class MissingTool(Exception):
    """A program that a test needs is nowhere; the message says how to get it."""


def tool(name: str) -> list[str]:
    """The start of the command line that runs program `name`.

    Raises `MissingTool` when it is neither installed nor unpacked.
    """
    installed = shutil.which(name) or _server_program(Path("/"), name)
    if installed:
        return [str(installed)]
    tree = _tree(name).path(CACHE)
    unpacked = tree / "usr/bin" / name
    program = unpacked if unpacked.exists() else _server_program(tree, name)
    if program:
        return loader_command(tree, program)
    raise MissingTool(
        f"{name} is needed. Install the package {PACKAGES.get(name, name)}, "
        "or run `python -m tests.tools`, which fetches it."
    )


def folder_of(name: str, path: str) -> Path:
    """Folder `path` (as in `usr/lib/x`) that belongs to program `name`."""
    installed = Path("/") / path
    return installed if installed.is_dir() else _tree(name).path(CACHE) / path


def missing() -> list[str]:
    """The programs that no test can use yet."""
    return [name for name in PACKAGES if not _present(name)]


def _present(name: str) -> bool:
    try:
        tool(name)
    except MissingTool:
        return False
    return True


def _tree(name: str) -> PackageTree:
    package = PACKAGES.get(name, name)
    return PackageTree(package, (package,))


def _server_program(root: Path, name: str) -> Path | None:
    """`name` in the newest PostgreSQL below `root`, or None."""
    found = sorted(root.glob(f"{_SERVER_PROGRAMS}/{name}"))
    return found[-1] if found else None


def _install_with_apt(packages: list[str]) -> None:
    """As root on Debian; a failure is not final, for unpacking is tried next."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "-q", "update"],
        ["apt-get", "-q", "-y", "install", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(command, check=False, env=environment, stdout=sys.stderr)
        if done.returncode:
            return


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def main() -> int:
    """Fetch what is missing; 0 when every tool can be run."""
    wanted = sorted({PACKAGES[name] for name in missing()})
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        _say(f"Installing {', '.join(wanted)}.")
        _install_with_apt(wanted)
    try:
        for name in missing():
            _tree(name).unpack(CACHE, _say)
        find_asterisk(Settings(packages=CACHE), _say)
    except Misconfigured as error:
        _say(error.message)
        return 1
    for name in missing():
        _say(f"{name} is still missing: install the package {PACKAGES[name]}.")
    return 1 if missing() else 0


if __name__ == "__main__":
    sys.exit(main())
