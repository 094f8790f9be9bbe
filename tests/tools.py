"""The programs that tests drive: real SIP phones and a real PostgreSQL.

A tool is taken where it is found: on the machine, or unpacked in the cache of the project.
`python -m tests.tools` fetches what is missing: with apt when root, without root unpacked
from Debian's packages into `.cache/tools`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CACHE = Path(__file__).parent.parent / ".cache" / "tools"
# Program -> the Debian package that holds it.
PACKAGES = {
    "sipp": "sip-tester",
    "baresip": "baresip-core",
    "initdb": "postgresql",
    "postgres": "postgresql",
}
# PostgreSQL's server programs are not on the search path of Debian.
SERVER_FOLDERS = ("usr/lib/postgresql",)


class MissingTool(Exception):
    """A program that a test needs is nowhere; the message says how to get it."""


def tool(name: str) -> list[str]:
    """The start of the command line that runs program `name`.

    Raises `MissingTool` when it is neither installed nor unpacked.
    """
    installed = shutil.which(name) or _server_program(Path("/"), name)
    if installed:
        return [str(installed)]
    unpacked = _unpacked(name)
    if unpacked:
        return unpacked
    raise MissingTool(
        f"{name} is needed. Install the package {PACKAGES.get(name, name)}, "
        "or run `python -m tests.tools`, which fetches it."
    )


def folder_of(name: str, path: str) -> Path:
    """Folder `path` (as in `usr/lib/x`) that belongs to program `name`."""
    installed = Path("/") / path
    return installed if installed.is_dir() else CACHE / PACKAGES[name] / path


def missing() -> list[str]:
    """The programs that no test can use yet."""
    return [name for name in PACKAGES if not _present(name)]


def _present(name: str) -> bool:
    try:
        tool(name)
    except MissingTool:
        return False
    return True


def _server_program(root: Path, name: str) -> Path | None:
    """`name` in the newest PostgreSQL below `root`, or None."""
    for folder in SERVER_FOLDERS:
        found = sorted((root / folder).glob(f"*/bin/{name}"))
        if found:
            return found[-1]
    return None


def _unpacked(name: str) -> list[str] | None:
    """The command line of a program unpacked in the cache, started by that tree's own loader."""
    tree = CACHE / PACKAGES[name] if name in PACKAGES else CACHE / name
    program = next((p for p in (tree / "usr/bin" / name,) if p.exists()), None)
    program = program or _server_program(tree, name)
    loader = next(iter(sorted(tree.glob("usr/lib*/ld-linux-*.so.*"))), None)
    loader = loader or next(iter(sorted(tree.glob("lib*/ld-linux-*.so.*"))), None)
    if program is None or loader is None:
        return None
    libraries = [p for p in tree.glob("usr/lib/*-linux-gnu") if p.is_dir()]
    libraries += [p for p in tree.glob("lib/*-linux-gnu") if p.is_dir()]
    path = ":".join(str(each) for each in libraries)
    return [str(loader), "--library-path", path, str(program)]


def _install_with_apt(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "-q", "update"],
        ["apt-get", "-q", "-y", "install", "--no-install-recommends", *packages],
    ):
        subprocess.run(command, check=True, env=environment, stdout=sys.stderr)


def main() -> int:
    """Fetch what is missing; 0 when every tool can be run."""
    wanted = sorted({PACKAGES[name] for name in missing()})
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {', '.join(wanted)}.", file=sys.stderr)
        _install_with_apt(wanted)
    for name in missing():
        try:
            tool(name)
        except MissingTool as error:
            print(error, file=sys.stderr)
    return 1 if missing() else 0


if __name__ == "__main__":
    sys.exit(main())
