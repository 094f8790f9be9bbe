"""The frame of the project: pinned packages, import law, no trace of one machine."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from orchestrator.__main__ import main
from tests.beauty import SWALLOWING, findings
from tests.import_law import Kind, kind_of, why_not
from tests.tones import Sound, heard, read_wav, sine, write_wav

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def tracked_files() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [ROOT / name for name in names.split("\0") if name]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_pinned_by_hash_and_names_no_host(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"https?://|file://|index-url|find-links|trusted-host", text)
    requirements = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^\s*#.*\n", "", text, flags=re.M))
    assert requirements
    for requirement in requirements:
        assert re.match(r"[A-Za-z0-9._-]+==\S+ ", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_the_development_set_holds_the_runtime_set_unchanged() -> None:
    pins = [
        dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock.read_text(), re.MULTILINE))
        for lock in (ROOT / "requirements/run.txt", ROOT / "requirements/dev.txt")
    ]
    assert pins[0].items() <= pins[1].items()


def test_every_direct_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    locked = (ROOT / "requirements/dev.txt").read_text().lower()
    for requirement in wanted:
        found = re.match(r"[A-Za-z0-9._-]+", requirement)
        assert found is not None
        assert f"\n{found.group().lower().replace('_', '-')}==" in locked, requirement


def test_no_file_tells_on_what_machine_it_was_made() -> None:
    home = re.compile(r"(?<![\w.])/(?:home|Users)/[a-z]|(?<![\w.])/(?:root|work)/")
    for file in tracked_files():
        if file.suffix in {".py", ".md", ".toml", ".txt", ".xml", ".sh", ".j2", ".ts", ".tsx"}:
            found = home.search(file.read_text()) if file != Path(__file__) else None
            assert not found, f"{file.relative_to(ROOT)}: {found}"


@pytest.mark.parametrize(
    ("module", "kind"),
    [
        ("orchestrator.types", Kind.FOUNDATION),
        ("orchestrator.queues.rules", Kind.RULES),
        ("orchestrator.queues.errors", Kind.FOUNDATION),
        ("orchestrator.queues.model", Kind.MODEL),
        ("orchestrator.queues.api", Kind.EDGE),
        ("orchestrator.queues.board", Kind.SERVICE),
        ("orchestrator.web.errors", Kind.EDGE),
        ("orchestrator.ari.errors", Kind.DRIVER),
        ("orchestrator.verbs.ring", Kind.CALLS),
    ],
)
def test_a_module_is_known_by_its_name(module: str, kind: Kind) -> None:
    assert kind_of(module) is kind


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("orchestrator.queues.rules", "orchestrator.queues.model"),
        ("orchestrator.queues.rules", "sqlalchemy.orm"),
        ("orchestrator.queues.service", "orchestrator.people.model"),
        ("orchestrator.queues.service", "orchestrator.web.binding"),
        ("orchestrator.queues.model", "orchestrator.queues.service"),
        ("orchestrator.ari.client", "orchestrator.queues.service"),
        ("orchestrator.verbs.ring", "orchestrator.db.session"),
        ("orchestrator.web.app", "orchestrator.bootstrap"),
        ("orchestrator.web.app", "orchestrator.people.model"),
    ],
)
def test_the_law_forbids_imports_from_above_and_of_foreign_tables(
    importer: str, imported: str
) -> None:
    assert why_not(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("orchestrator.queues.service", "orchestrator.queues.model"),
        ("orchestrator.queues.service", "orchestrator.people.service"),
        ("orchestrator.routing.read_model", "orchestrator.people.model"),
        ("orchestrator.verbs.ring", "orchestrator.ari.client"),
        ("orchestrator.queues.api", "orchestrator.web.binding"),
        ("orchestrator.bootstrap", "orchestrator.web.app"),
    ],
)
def test_the_law_allows_imports_from_below(importer: str, imported: str) -> None:
    assert why_not(importer, imported) is None


def test_the_beauty_report_sees_what_it_looks_for(tmp_path: Path) -> None:
    file = tmp_path / "ugly.py"
    file.write_text(
        "class CallManager:\n"
        "    def act(self, a, b, c, d, e, f) -> dict[str, Any]:\n"
        "        try:\n            pass\n        except (ValueError, Exception):\n"
        "            pass\n" + "    # filler\n" * 400
    )
    assert ast.parse(file.read_text())
    rules = {each.rule for each in findings(file, "orchestrator/ugly.py")}
    assert rules == {
        "file > 400 lines",
        "name says nothing",
        "parameters > 5",
        "dict[str, Any] in public",
        SWALLOWING,
    }
    supervised = {each.rule for each in findings(file, "orchestrator/calls/executor.py")}
    assert SWALLOWING not in supervised


def test_a_tone_is_heard_among_others_and_silence_is_not(tmp_path: Path) -> None:
    both = [low + high for low, high in zip(sine(440).samples, sine(1000).samples, strict=True)]
    file = write_wav(tmp_path / "tones.wav", Sound(both))
    assert heard(read_wav(file), (440, 500, 700, 1000)) == {440, 1000}
    assert heard(Sound([0] * 8000), (440, 1000)) == set()
    late = Sound([0] * 40_000 + list(sine(700, 0.3).samples))
    assert heard(late, (440, 700)) == {700}


def test_ctrl_c_while_the_command_is_loaded_ends_it_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("orchestrator.cli.main", interrupted)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
