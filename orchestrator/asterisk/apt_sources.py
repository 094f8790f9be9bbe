"""Which Debian archive does this machine use, and which keys does it trust for it?

Reads both forms of sources.list(5): one line per source, and deb822 paragraphs.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.errors import Misconfigured

# Names under which a source may give the machine's own suite, beside its code name.
_ALIASES = frozenset({"oldoldstable", "oldstable", "stable", "testing", "unstable", "sid"})
_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<rest>\S.*)$")


@dataclass(frozen=True, slots=True)
class Archive:
    """One source of packages. `signed_by` is a file of keys; empty: what apt trusts anyway."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""

    def line(self) -> str:
        """The source as one line of sources.list."""
        options = f"[signed-by={self.signed_by}] " if self.signed_by else ""
        return f"deb {options}{self.uri} {self.suite} {' '.join(self.components)}"


def find_archive(suite: str = "", root: Path = Path("/")) -> Archive:
    """The machine's main Debian archive, turned to `suite` when that is given.

    `root` is where `etc` lies. Raises `Misconfigured` on a machine that is not Debian or has
    no such source.
    """
    system, codename = _system(root)
    if system != "debian":
        raise Misconfigured(
            f"This machine runs {system or 'an unknown system'}, and packages are fetched from "
            "Debian's archive on Debian only. Use the container image (docker/), or an Asterisk "
            "of your own (external mode)."
        )
    for archive in _archives(root):
        if archive.suite in _ALIASES | {codename} and "main" in archive.components:
            return replace(archive, suite=suite or archive.suite, components=("main",))
    raise Misconfigured("apt's sources name no Debian archive with the component main")


def _system(root: Path) -> tuple[str, str]:
    """ID and VERSION_CODENAME of os-release(5); empty where it says nothing."""
    try:
        text = (root / "etc/os-release").read_text()
    except OSError:
        return "", ""
    pairs = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return pairs.get("ID", "").strip('"'), pairs.get("VERSION_CODENAME", "").strip('"')


def _archives(root: Path) -> Iterator[Archive]:
    apt = root / "etc/apt"
    for path in (apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))):
        if not path.is_file():
            continue
        text = path.read_text(errors="replace")
        if path.suffix == ".sources":
            yield from parse_deb822(text)
        elif path.suffix == ".list":
            yield from parse_list(text)


def parse_list(text: str) -> Iterator[Archive]:
    """Sources in the one-line form; lines that are no source of binary packages are skipped."""
    for line in text.splitlines():
        found = _ONE_LINE.match(line.split("#", 1)[0].strip())
        if found is None:
            continue
        words = found["rest"].split()
        if len(words) < 3 or words[0].startswith("cdrom:"):
            continue
        options = dict(
            option.split("=", 1) for option in (found["options"] or "").split() if "=" in option
        )
        yield Archive(words[0], words[1], tuple(words[2:]), _key_file(options.get("signed-by", "")))


def parse_deb822(text: str) -> Iterator[Archive]:
    """Sources in the paragraph form; disabled ones and those of source packages are skipped."""
    for paragraph in re.split(r"\n\s*\n", text):
        fields = _fields(paragraph.splitlines())
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").lower() in {"no", "false", "0"}:
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                components = tuple(fields.get("components", "").split())
                yield Archive(uri, suite, components, _key_file(fields.get("signed-by", "")))


def _fields(lines: Sequence[str]) -> dict[str, str]:
    """The fields of one paragraph, names in lower case; a continued value is joined by spaces."""
    fields: dict[str, str] = {}
    name = ""
    for line in lines:
        if line.startswith("#"):
            continue
        if line[:1].isspace():
            fields[name] = f"{fields.get(name, '')} {line.strip()}"
        elif ":" in line:
            name, value = line.split(":", 1)
            name = name.lower()
            fields[name] = value.strip()
    return fields


def _key_file(value: str) -> str:
    """The first file of keys in a Signed-By value; a key written out, or a fingerprint, is none."""
    first = value.replace(",", " ").split()[:1]
    return first[0] if first and first[0].startswith("/") else ""
