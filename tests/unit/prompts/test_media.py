"""The sweep of the media store, the file of playlists, and whose music is heard."""

import os
import time
from pathlib import Path

import pytest

from orchestrator.asterisk.layout import Layout
from orchestrator.asterisk.music import MusicClass, music_text, write_music
from orchestrator.media import KEEP_SECONDS, MediaStore
from orchestrator.options.rules import CallOptions, Options
from orchestrator.routing.music import DEFAULT, music_of
from orchestrator.routing.plan import DepartmentLine, PlaylistLine, TenantPlan
from orchestrator.types import TenantId


def put(path: Path, *, old: bool) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    age = KEEP_SECONDS + 60 if old else 0
    for each in (path, path.parent, path.parent.parent):
        os.utime(each, (time.time() - age,) * 2)
    return path


async def test_the_sweep_takes_what_is_old_and_named_by_nobody(tmp_path: Path) -> None:
    media = MediaStore(tmp_path)
    named = put(tmp_path / "acme/prompts/one.wav", old=True)
    original = put(tmp_path / "acme/prompts/one.original", old=True)
    forgotten = put(tmp_path / "acme/prompts/two.wav", old=True)
    voicemail = put(tmp_path / "acme/voicemail/three.wav", old=True)
    fresh = put(tmp_path / "acme/prompts/four.wav", old=False)
    gone = put(tmp_path / "gone/prompts/five.wav", old=True)
    new_tenant = put(tmp_path / "founded/prompts/six.wav", old=False)
    left = put(tmp_path / "incoming/seven", old=True)
    coming = put(tmp_path / "incoming/eight", old=False)
    assert await media.sweep({"acme"}, {"acme/prompts/one"}, "prompts") == 3
    kept = (named, original, voicemail, fresh, new_tenant, coming)
    assert [path.exists() for path in kept] == [True] * len(kept)
    assert not any(path.exists() for path in (forgotten, gone, left))


def test_playlists_are_classes_in_their_order(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    text = music_text(
        [
            MusicClass("b", (Path("/m/2"), Path("/m/1"))),
            MusicClass("a", (Path("/m/3"),), shuffle=True),
            MusicClass("empty", ()),
        ]
    )
    assert text == (
        "[a]\nmode = playlist\nsort = random\nentry = /m/3\n\n"
        "[b]\nmode = playlist\nentry = /m/2\nentry = /m/1\n"
    )
    assert write_music(layout, text)
    assert not write_music(layout, text)


def tenant(department: str | None, own: str | None) -> TenantPlan:
    lists = {name: PlaylistLine(name, shuffle=False, files=("f",)) for name in ("one", "two")}
    return TenantPlan(
        *(TenantId("t"), "acme", "Acme", "en", "NL"),
        suspended=False,
        max_calls=0,
        departments={"d": DepartmentLine("d", "Sales", "en", music=department)},
        playlists=lists,
        options=Options(calls=CallOptions(music=own)),
    )


@pytest.mark.parametrize(
    ("department", "of_tenant", "own", "heard"),
    [
        ("one", "two", None, "one"),
        ("one", "two", "two", "two"),
        ("empty", "two", "empty", "two"),
        (None, "two", None, "two"),
        (None, "empty", None, DEFAULT),
        (None, None, None, DEFAULT),
    ],
)
def test_the_nearest_playlist_with_tracks_is_heard(
    department: str | None, of_tenant: str | None, own: str | None, heard: str
) -> None:
    assert music_of(tenant(department, of_tenant), "d", own) == heard
