"""Music on hold in Asterisk: one class for each playlist, in a file that musiconhold.conf includes.

The file is written again when a playlist changes, and `res_musiconhold` reads it: who hears music
goes on hearing it, for a class lives as long as somebody listens.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from orchestrator.asterisk.layout import Layout

MODULE = "res_musiconhold"


@dataclass(frozen=True, slots=True)
class MusicClass:
    """One class: its `name`, and its files without ending, in the order in which they play."""

    name: str
    files: tuple[Path, ...]
    shuffle: bool = False


def music_text(classes: Iterable[MusicClass]) -> str:
    """The file; classes without files are left out, so that Asterisk takes its default."""
    sections = []
    for each in sorted(classes, key=lambda each: each.name):
        if each.files:
            entries = "".join(f"entry = {file}\n" for file in each.files)
            order = "sort = random\n" if each.shuffle else ""
            sections.append(f"[{each.name}]\nmode = playlist\n{order}{entries}")
    return "\n".join(sections)


def write_music(layout: Layout, text: str) -> bool:
    """Write the file, whole or not at all; whether it differs from what was there."""
    try:
        if layout.music.read_text() == text:
            return False
    except FileNotFoundError:
        pass
    layout.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = layout.music.with_name(f".{layout.music.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(layout.music)
    return True
