"""Unpacked packages: what is there already, loaders, privileges, causes in words."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from orchestrator.asterisk.debian import PackageTree, loader_command
from orchestrator.errors import Misconfigured

TREE = PackageTree("tool", ("sip-tester",))


def unpacked(folder: Path, tree: PackageTree) -> Path:
    path = tree.path(folder)
    path.mkdir(parents=True)
    (path / ".unpacked.json").write_text(json.dumps(asdict(tree), sort_keys=True))
    return path


def test_a_tree_that_is_there_is_used_without_apt(tmp_path: Path) -> None:
    path = unpacked(tmp_path, TREE)
    said: list[str] = []
    assert TREE.unpack(tmp_path, said.append) == path
    assert said == []


def test_a_tree_of_other_packages_or_half_a_tree_is_not_taken(tmp_path: Path) -> None:
    assert not TREE.present(tmp_path)
    unpacked(tmp_path, TREE)
    assert TREE.present(tmp_path)
    assert not PackageTree("tool", ("sip-tester", "baresip-core")).present(tmp_path)
    (tmp_path / "tool/.unpacked.json").unlink()
    assert not TREE.present(tmp_path)


def test_without_apt_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Misconfigured, match=r"apt-get is missing.*container image"):
        TREE.unpack(tmp_path / "packages")
    assert not TREE.present(tmp_path / "packages")


@pytest.mark.skipif(not Path("/etc/debian_version").exists(), reason="fetching needs Debian")
def test_apt_reads_its_own_configuration_for_a_relative_folder_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("apt-get", "apt-config", "dpkg", "dpkg-deb"):
        program = programs / name
        program.write_text('#!/bin/sh\n[ -r "$APT_CONFIG" ] && echo its own >&2\nexit 1\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Misconfigured, match="update failed: its own"):
        TREE.unpack(Path("packages"))


def test_a_program_is_started_by_the_loader_of_its_tree(tmp_path: Path) -> None:
    libraries = tmp_path / "usr/lib/x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    loader = libraries / "ld-linux-x86-64.so.2"
    loader.touch()
    program = tmp_path / "usr/bin/sipp"

    command = loader_command(tmp_path, program)

    assert command[0] == str(loader)
    assert command[1] == "--library-path"
    assert command[2].split(":")[0] == str(libraries)
    assert command[3] == str(program)


def test_a_tree_without_a_loader_is_said_to_be_broken(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="loader"):
        loader_command(tmp_path, tmp_path / "usr/bin/sipp")
