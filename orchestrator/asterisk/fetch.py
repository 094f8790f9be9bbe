"""Find an Asterisk that we can drive: installed, unpacked before, or fetched now."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.asterisk.debian import PackageTree, Progress, loader_command
from orchestrator.asterisk.health import MINIMUM, Version, parse_version, require_supported
from orchestrator.asterisk.modules import MODULES
from orchestrator.asterisk.programs import run_program
from orchestrator.errors import Misconfigured
from orchestrator.settings import Settings

# The Debian suite that has a new enough Asterisk.
SUITE = "forky"
# Languages that Debian packs Asterisk's core sounds for.
PACKED_LANGUAGES = frozenset({"en", "es", "fr", "it", "ru"})

_ASTERISK = PackageTree(
    "asterisk",
    ("asterisk", "asterisk-core-sounds-en-wav", "asterisk-moh-opsound-wav"),
    suite=SUITE,
)
_VERSION_SECONDS = 20


@dataclass(frozen=True, slots=True)
class AsteriskBinary:
    """An Asterisk on this machine.

    `argv` starts the program (loader and library path included), `modules` is its folder of
    modules, `data` its folder of sounds, documentation and ARI descriptions, and `languages`
    gives the folder of the core sounds of each language that is there.
    """

    argv: tuple[str, ...]
    version: Version
    modules: Path
    data: Path
    languages: tuple[tuple[str, Path], ...]


def find_asterisk(settings: Settings, progress: Progress = lambda line: None) -> AsteriskBinary:
    """The installed Asterisk when it is new enough, else one unpacked in the run-time folder.

    Blocks (starts programs, may download): call it in a thread. Raises `Misconfigured`.
    """
    return _installed() or _unpacked(settings, progress)


def fetch_asterisk(settings: Settings, progress: Progress) -> AsteriskBinary:
    """Fetch Asterisk into the run-time folder, even when one is installed on the machine."""
    return _unpacked(settings, progress)


def _installed() -> AsteriskBinary | None:
    program = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin")
    if program is None:
        return None
    try:
        version = _version([program])
    except Misconfigured:
        return None
    if version < MINIMUM:
        return None
    modules = _modules(Path("/"))
    data = next((d for d in _data_folders(Path("/")) if (d / "rest-api").is_dir()), None)
    if modules is None or data is None or _missing_modules(modules):
        return None
    return AsteriskBinary((program,), version, modules, data, _languages([data]))


def _unpacked(settings: Settings, progress: Progress) -> AsteriskBinary:
    folder = settings.packages_folder
    tree = _ASTERISK.unpack(folder, progress)
    sounds = [tree / "usr/share/asterisk"]
    for language in sorted(set(settings.prompt_languages) & PACKED_LANGUAGES - {"en"}):
        pack = PackageTree(
            f"sounds-{language}",
            (f"asterisk-core-sounds-{language}-wav",),
            suite=SUITE,
            dependencies=False,
        )
        sounds.append(pack.unpack(folder, progress) / "usr/share/asterisk")
    argv = loader_command(tree, tree / "usr/sbin/asterisk")
    modules = _modules(tree)
    if modules is None or (missing := _missing_modules(modules)):
        raise Misconfigured(
            f"The unpacked Asterisk lacks modules: {', '.join(missing) if modules else 'all'}; "
            f"remove {tree} and try again"
        )
    version = _version(argv)
    require_supported(version)
    return AsteriskBinary(
        tuple(argv), version, modules, tree / "usr/share/asterisk", _languages(sounds)
    )


def _version(argv: Sequence[str]) -> Version:
    done = run_program([*argv, "-V"], _VERSION_SECONDS)
    if done.returncode != 0:
        raise Misconfigured(f"{argv[-1]} does not start: {done.stderr.strip()[:300]}")
    return parse_version(done.stdout)


def _modules(root: Path) -> Path | None:
    """The folder of modules below `root`, or None."""
    for pattern in ("usr/lib/*/asterisk/modules", "usr/lib*/asterisk/modules"):
        for folder in sorted(root.glob(pattern)):
            return folder
    return None


def _missing_modules(folder: Path) -> list[str]:
    return [name for name in MODULES if not (folder / f"{name}.so").exists()]


def _data_folders(root: Path) -> tuple[Path, ...]:
    return root / "usr/share/asterisk", root / "var/lib/asterisk"


def _languages(folders: Sequence[Path]) -> tuple[tuple[str, Path], ...]:
    """Language -> folder of its core sounds; Debian names them `fr_CA_f_June`, others `fr`."""
    found: dict[str, Path] = {}
    for folder in folders:
        for sounds in sorted((folder / "sounds").glob("[a-z][a-z]*")):
            language = sounds.name.split("_", 1)[0]
            if len(language) == 2 and (sounds / "digits").is_dir():
                found.setdefault(language, sounds)
    return tuple(sorted(found.items()))
