"""Unpack Debian packages with all they depend on into a folder.

Needs neither root nor a single change to the system: apt works on lists, a cache and a status
file of its own, and `dpkg-deb -x` unpacks. The archive is the one that the machine itself
uses, with the keys that the machine itself trusts; signatures are checked.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestrator.asterisk.apt_sources import Archive, find_archive
from orchestrator.asterisk.programs import run_program
from orchestrator.errors import Misconfigured

Progress = Callable[[str], None]

# What an unpacked Asterisk with its libraries takes, packages included, with room to spare.
_NEEDED_BYTES = 1_000_000_000
_UPDATE_SECONDS = 300
_DOWNLOAD_SECONDS = 1800
_UNPACK_SECONDS = 120
_ELSEWHERE = "Use the container image (docker/), or an Asterisk of your own (external mode)."
# What of the machine's apt configuration says how to reach the network: proxies and the like.
_NETWORK = ("Acquire::http::", "Acquire::https::")
# Words in apt's messages -> what to tell the user.
_CAUSES = {
    "No space left on device": "the disk is full",
    "Could not resolve": "the archive's name does not resolve: is there a network?",
    "Temporary failure resolving": "the archive's name does not resolve: is there a network?",
    "Could not connect": "the archive cannot be reached: is there a network, a proxy?",
    "Unable to connect": "the archive cannot be reached: is there a network, a proxy?",
    "Connection timed out": "the archive does not answer: is there a network, a proxy?",
    "is not signed": "the archive's signature does not hold",
    "NO_PUBKEY": "the archive is signed by a key that this machine does not trust",
    "Unable to locate package": "the archive has no such package for this architecture",
    "has no installation candidate": "the archive has no such package for this architecture",
}


@dataclass(frozen=True, slots=True)
class PackageTree:
    """Packages of one suite, unpacked side by side into `<folder>/<name>`.

    `suite` is a Debian suite (`forky`); empty means the machine's own. Without `dependencies`
    the packages alone are unpacked: right for data, useless for programs.
    """

    name: str
    packages: tuple[str, ...]
    suite: str = ""
    dependencies: bool = True

    def path(self, folder: Path) -> Path:
        return folder.absolute() / self.name

    def present(self, folder: Path) -> bool:
        """Is it there, whole, and made of the same packages?"""
        try:
            return _marker(self.path(folder)).read_text() == self._fingerprint()
        except (FileNotFoundError, NotADirectoryError):
            return False

    def unpack(self, folder: Path, progress: Progress = lambda line: None) -> Path:
        """Make sure that the tree is there and return its path; instant when it is.

        Blocks, for some 15 seconds on a fast line: call it in a thread. Processes that ask at
        the same time wait for the first. Raises `Misconfigured`, and leaves nothing behind.
        """
        if self.present(folder):
            return self.path(folder)
        # apt runs in a folder of its own, from where a relative path leads nowhere: it would
        # then read the machine's configuration and touch the machine's lists.
        folder = folder.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / f".{self.name}.lock"):
            if not self.present(folder):
                self._fetch(folder, progress)
        return self.path(folder)

    def _fetch(self, folder: Path, progress: Progress) -> None:
        for program in ("apt-get", "apt-config", "dpkg", "dpkg-deb"):
            if shutil.which(program) is None:
                raise Misconfigured(
                    f"{program} is missing, so nothing can be fetched. {_ELSEWHERE}"
                )
        if shutil.disk_usage(folder).free < _NEEDED_BYTES:
            raise Misconfigured(f"{folder} has less than 1 GB of free space")
        archive = find_archive(self.suite)
        with tempfile.TemporaryDirectory(prefix=f".{self.name}.", dir=folder) as work:
            apt = _PrivateApt(Path(work), archive)
            progress(f"Reading the package lists of Debian {archive.suite}")
            apt.run("update", "--error-on=any", seconds=_UPDATE_SECONDS)
            progress(f"Downloading {', '.join(self.packages)}")
            debs = apt.download(self.packages, self.dependencies)
            progress(f"Unpacking {len(debs)} packages")
            tree = Path(work) / "tree"
            for deb in debs:
                _unpack_one(deb, tree)
            _drop_privileges(tree)
            _marker(tree).write_text(self._fingerprint())
            shutil.rmtree(self.path(folder), ignore_errors=True)
            tree.rename(self.path(folder))
        progress(f"Ready in {self.path(folder)}")

    def _fingerprint(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


class _PrivateApt:
    """apt-get with a world of its own below `work`."""

    def __init__(self, work: Path, archive: Archive) -> None:
        self._work = work
        for folder in ("lists/partial", "cache/archives/partial", "downloads"):
            (work / folder).mkdir(parents=True)
        (work / "status").touch()
        (work / "sources.list").write_text(archive.line() + "\n")
        (work / "apt.conf").write_text(self._configuration())

    def _configuration(self) -> str:
        # The machine's own configuration is not read: its hooks (docker-clean) would touch the
        # system. What it says on how to reach the network is carried over.
        dump = ["apt-config", "--no-empty", "dump", "--format", '%F "%v";%n', "Acquire"]
        acquire = run_program(dump, _UNPACK_SECONDS).stdout
        work = self._work
        return "\n".join(
            (
                *(line for line in acquire.splitlines() if line.startswith(_NETWORK)),
                f'Dir::State "{work}";',
                f'Dir::State::lists "{work}/lists";',
                f'Dir::State::status "{work}/status";',
                f'Dir::Cache "{work}/cache";',
                f'Dir::Etc::sourcelist "{work}/sources.list";',
                'Dir::Etc::sourceparts "-";',
                'Dir::Etc::main "/dev/null";',
                'Dir::Etc::parts "/dev/null";',
                'Acquire::Check-Valid-Until "false";',
                'Acquire::Languages "none";',
                'Acquire::Retries "3";',
                'APT::Install-Recommends "false";',
                'APT::Sandbox::User "";',
                'Debug::NoLocking "true";',
                "",
            )
        )

    def run(self, *arguments: str, seconds: float) -> None:
        """Run apt-get; raises `Misconfigured` with the cause in words."""
        done = run_program(
            ["apt-get", "-q", "-y", *arguments],
            seconds,
            cwd=self._work / "downloads",
            environment={
                "APT_CONFIG": str(self._work / "apt.conf"),
                "DEBIAN_FRONTEND": "noninteractive",
            },
        )
        if done.returncode != 0:
            raise Misconfigured(f"apt-get {arguments[0]} failed: {_cause(done.stderr)}")

    def download(self, packages: tuple[str, ...], dependencies: bool) -> list[Path]:
        """Download `packages`, with their whole closure or alone; returns the files."""
        if dependencies:
            self.run("install", "--download-only", *packages, seconds=_DOWNLOAD_SECONDS)
            return sorted((self._work / "cache/archives").glob("*.deb"))
        self.run("download", *packages, seconds=_DOWNLOAD_SECONDS)
        return sorted((self._work / "downloads").glob("*.deb"))


def loader_command(tree: Path, program: Path) -> list[str]:
    """The start of the command line that runs `program` of `tree` with the tree's own libraries.

    The tree's own loader takes the library path as an argument, so that no child of the
    program inherits it. Raises `Misconfigured` when the tree has no loader.
    """
    libraries = [
        folder
        for pattern in (
            "usr/lib/*-linux-gnu*",
            "lib/*-linux-gnu*",
            # Private libraries, found by a run path that the unpacked tree does not have.
            "usr/lib/*-linux-gnu*/pulseaudio",
            "usr/lib",
            "lib",
        )
        for folder in sorted(tree.glob(pattern))
        if folder.is_dir()
    ]
    for folder in (tree / "usr/lib64", tree / "lib64", *libraries):
        for loader in sorted(folder.glob("ld-linux*.so.*")):
            path = ":".join(str(library) for library in libraries)
            return [str(loader), "--library-path", path, str(program)]
    raise Misconfigured(f"{tree} has no loader of programs: remove the folder and try again")


def _marker(tree: Path) -> Path:
    return tree / ".unpacked.json"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`; waits for whoever holds it, which ends with that process."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _unpack_one(deb: Path, tree: Path) -> None:
    done = run_program(["dpkg-deb", "-x", str(deb), str(tree)], _UNPACK_SECONDS)
    if done.returncode != 0:
        raise Misconfigured(f"{deb.name} cannot be unpacked: {_cause(done.stderr)}")


def _drop_privileges(tree: Path) -> None:
    """Take the set-user-id bits away: these programs run as whoever starts them, or not at all."""
    for folder, _, names in os.walk(tree):
        for name in names:
            path = Path(folder, name)
            if not path.is_symlink() and (mode := path.stat().st_mode) & 0o6000:
                path.chmod(mode & 0o1777)


def _cause(output: str) -> str:
    """Say in words what apt or dpkg complains of; else its last lines."""
    for words, meaning in _CAUSES.items():
        if words in output:
            return meaning
    return " / ".join(output.strip().splitlines()[-3:]) or "no message"
