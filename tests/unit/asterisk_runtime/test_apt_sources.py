"""Which archive is found in the sources of a machine."""

from pathlib import Path

import pytest

from orchestrator.asterisk.apt_sources import Archive, find_archive, parse_deb822, parse_list
from orchestrator.errors import Misconfigured

MAIN = "http://archive.example/debian"


def machine(root: Path, os_release: str = 'ID=debian\nVERSION_CODENAME="bookworm"\n') -> Path:
    (root / "etc/apt/sources.list.d").mkdir(parents=True)
    (root / "etc/os-release").write_text(os_release)
    return root / "etc/apt"


def test_a_paragraph_with_keys_is_turned_to_the_wanted_suite(tmp_path: Path) -> None:
    apt = machine(tmp_path)
    (apt / "sources.list.d/a-vendor.list").write_text(
        "deb [arch=amd64 signed-by=/keys/vendor.gpg] https://vendor.example/apt bookworm contrib\n"
    )
    (apt / "sources.list.d/debian.sources").write_text(
        "Types: deb\n# where it came from\n"
        f"URIs: {MAIN}\nSuites: bookworm bookworm-updates\nComponents: main contrib\n"
        "Signed-By: /keys/debian.gpg\n\n"
        "Types: deb\nURIs: http://archive.example/security\nSuites: bookworm-security\n"
        "Components: main\n"
    )

    archive = find_archive("forky", tmp_path)

    assert archive == Archive(MAIN, "forky", ("main",), "/keys/debian.gpg")
    assert archive.line() == f"deb [signed-by=/keys/debian.gpg] {MAIN} forky main"


def test_one_line_sources_and_the_name_stable_are_understood(tmp_path: Path) -> None:
    apt = machine(tmp_path)
    (apt / "sources.list").write_text(
        f"# deb {MAIN} sid main\ndeb-src {MAIN} stable main\ndeb cdrom:[Debian]/ stable main\n"
        f"deb {MAIN} stable-updates main\ndeb {MAIN} stable main non-free # ours\n"
    )

    archive = find_archive("", tmp_path)

    assert archive == Archive(MAIN, "stable", ("main",))
    assert archive.line() == f"deb {MAIN} stable main"


@pytest.mark.parametrize(
    "paragraph",
    [
        f"Types: deb-src\nURIs: {MAIN}\nSuites: bookworm\nComponents: main\n",
        f"Enabled: no\nTypes: deb\nURIs: {MAIN}\nSuites: bookworm\nComponents: main\n",
        "",
    ],
)
def test_disabled_and_source_paragraphs_give_nothing(paragraph: str) -> None:
    assert list(parse_deb822(paragraph)) == []


def test_keys_written_out_in_the_paragraph_are_left_to_apt() -> None:
    (archive,) = parse_deb822(
        f"Types: deb deb-src\nURIs: {MAIN}\nSuites: bookworm\nComponents: main\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n"
    )
    assert archive.signed_by == ""


@pytest.mark.parametrize("line", ["deb", "deb http://x", "rpm http://x y z", "", "deb [ http://x"])
def test_broken_lines_give_nothing(line: str) -> None:
    assert list(parse_list(line)) == []


def test_another_system_is_told_what_to_do_instead(tmp_path: Path) -> None:
    machine(tmp_path, "ID=fedora\n")
    with pytest.raises(Misconfigured, match=r"fedora.*container image"):
        find_archive("forky", tmp_path)


def test_sources_without_an_archive_are_said_to_be_so(tmp_path: Path) -> None:
    machine(tmp_path)
    with pytest.raises(Misconfigured, match="main"):
        find_archive("forky", tmp_path)
