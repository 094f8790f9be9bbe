"""The sounds of prompt sets as files: those of packages, and ours that a machine spoke.

    <home>/prompts/<language>/<name>.wav      ours; `manifest.json` says of which texts
    <home>/asterisk/data/sounds/<language>/   what Asterisk plays: links to packages and to ours

Folders of packages are shared, and never written to. A file appears whole or not at all. Every
function blocks for the time of a few files: call them in a thread.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from orchestrator.prompts.sets import ENGLISH, catalogue, digest, stale, to_speak

_MANIFEST = "manifest.json"


class Shelf:
    """`own` is our folder, `sounds` the one of Asterisk, `packs` the package of each language."""

    def __init__(self, own: Path, sounds: Path, packs: Mapping[str, Path]) -> None:
        self._own = own.absolute()
        self._sounds = sounds
        self._packs = dict(packs)
        self._packed: dict[str, frozenset[str]] = {}

    @property
    def packs(self) -> frozenset[str]:
        """The languages that there is a package for."""
        return frozenset(self._packs)

    def packed(self, language: str) -> frozenset[str]:
        """The names of the sounds in the package of `language`."""
        if language not in self._packed:
            self._packed[language] = _names(self._packs.get(language))
        return self._packed[language]

    def spoken(self, language: str) -> frozenset[str]:
        """The names of the sounds that we have spoken."""
        return frozenset(self._made(language))

    def has(self, name: str) -> bool:
        """Whether there is a sound of this name in any language, or will be once it is spoken;
        those that an administrator put beside ours count too."""
        if name in self.packed(ENGLISH) or name in catalogue(ENGLISH):
            return True
        folders = [self._sounds, *(each for each in self._sounds.glob("*") if each.is_dir())]
        return any(any(folder.glob(f"{name}.*")) for folder in folders)

    def to_make(self, language: str) -> dict[str, str]:
        """Name -> text of what is still to be spoken; links what was spoken before."""
        made = self._made(language)
        for name in made:
            self._link(language, name)
        return stale(to_speak(language, self.packed(language)), made)

    def draft(self, language: str) -> Path:
        """A file that does not exist, to make a sound in."""
        folder = self._own / language
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / f".draft.{os.getpid()}.wav"

    def keep(self, language: str, name: str, text: str, source: Path) -> None:
        """Put the sound `source`, which says `text`, in its place; from now on it is heard."""
        target = self._file(language, name)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        source.replace(target)
        self._link(language, name)
        made = self._made(language) | {name: digest(text)}
        manifest = self._own / language / _MANIFEST
        draft = manifest.with_name(f".{_MANIFEST}")
        draft.write_text(json.dumps(made, indent=1, sort_keys=True))
        draft.replace(manifest)

    def _made(self, language: str) -> dict[str, str]:
        """Name -> digest of what is there; a manifest that cannot be read is none."""
        try:
            read = json.loads((self._own / language / _MANIFEST).read_text())
        except (FileNotFoundError, ValueError):
            return {}
        made = read if isinstance(read, dict) else {}
        return {
            name: str(mark) for name, mark in made.items() if self._file(language, name).is_file()
        }

    def _file(self, language: str, name: str) -> Path:
        return self._own / language / f"{name}.wav"

    def _link(self, language: str, name: str) -> None:
        """Let Asterisk find it, unless something is there already, such as the package's own."""
        link = self._sounds / language / f"{name}.wav"
        if not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(self._file(language, name))


def _names(folder: Path | None) -> frozenset[str]:
    if folder is None:
        return frozenset()
    return frozenset(str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("*.*"))
