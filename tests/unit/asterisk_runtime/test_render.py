"""The rendered configuration of Asterisk."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.asterisk.fetch import AsteriskBinary
from orchestrator.asterisk.health import Version
from orchestrator.asterisk.layout import Layout
from orchestrator.asterisk.ports import Ports
from orchestrator.asterisk.render import VIEWS, database_of, render, render_texts
from orchestrator.errors import Misconfigured
from orchestrator.settings import Settings

PORTS = Ports(5060, 5061, 8088, 5038)


@pytest.fixture
def home() -> Iterator[Path]:
    """A run-time folder with a short path, for the socket in it; pytest's own may be too long."""
    with tempfile.TemporaryDirectory(prefix="c-") as folder:
        yield Path(folder) / "home"


@pytest.fixture
def binary(tmp_path: Path) -> AsteriskBinary:
    data = tmp_path / "share"
    for folder in ("moh", "documentation", "rest-api", "sounds/en_US_f_Allison"):
        (data / folder).mkdir(parents=True)
    english = data / "sounds/en_US_f_Allison"
    (english / "digits").mkdir()
    (english / "digits/1.wav").touch()
    return AsteriskBinary(
        ("asterisk",), Version(22, 10, 1), tmp_path / "modules", data, (("en", english),)
    )


def of(home: Path, **changes: object) -> Settings:
    return Settings.model_validate({"home": home, **changes})


def test_rendering_twice_changes_nothing(home: Path, binary: AsteriskBinary) -> None:
    settings = of(home)
    first = render(settings, binary, PORTS)
    assert {"asterisk.conf", "pjsip.conf", "extensions.conf", "res_config_sqlite3.conf"} <= first
    assert "res_pgsql.conf" not in first
    assert render(settings, binary, PORTS) == frozenset()


def test_only_what_a_setting_touches_changes(home: Path, binary: AsteriskBinary) -> None:
    render(of(home), binary, PORTS)
    changed = render(of(home, rtp_start=20000, rtp_end=20100), binary, PORTS)
    assert changed == {"rtp.conf"}


def test_files_are_for_their_owner_only_and_strangers_go(
    home: Path, binary: AsteriskBinary
) -> None:
    settings = of(home)
    render(settings, binary, PORTS)
    etc = Layout.of(settings.home).etc
    (etc / "chan_old.conf").write_text("[general]\n")
    assert render(settings, binary, PORTS) == {"chan_old.conf"}
    assert {path.stat().st_mode & 0o777 for path in etc.iterdir()} == {0o600}


def test_sounds_and_music_are_linked_by_language(home: Path, binary: AsteriskBinary) -> None:
    settings = of(home)
    data = Layout.of(settings.home).data
    # As earlier versions had it: the whole folder was one link.
    (data / "sounds").mkdir(parents=True)
    (data / "sounds/en").symlink_to(binary.languages[0][1])
    render(settings, binary, PORTS)
    pack = binary.languages[0][1]
    assert (data / "sounds/en/digits/1.wav").resolve() == pack / "digits/1.wav"
    assert not (data / "sounds/en").is_symlink()
    assert (data / "moh").is_dir()


def test_every_view_is_read_by_the_driver_of_the_database(
    tmp_path: Path, binary: AsteriskBinary
) -> None:
    url = "postgresql+asyncpg://me:p%3Bw@db.example:5433/pbx"
    texts = render_texts(of(tmp_path, database_url=url), binary, PORTS)
    for view in VIEWS:
        assert f"{view} => pgsql,pbx,{view}\n" in texts["extconfig.conf"]
    # A semicolon would begin a comment, and cut the password short.
    assert "dbpass = p\\;w\n" in texts["res_pgsql.conf"]
    assert "require = res_config_pgsql.so\n" in texts["modules.conf"]
    assert "res_config_sqlite3" not in texts["modules.conf"]


def test_the_native_queue_is_loaded_only_when_asked_for(
    tmp_path: Path, binary: AsteriskBinary
) -> None:
    assert "app_queue" not in render_texts(of(tmp_path), binary, PORTS)["modules.conf"]
    asked = render_texts(of(tmp_path), binary, PORTS, native_queue=True)
    assert "load = app_queue.so\n" in asked["modules.conf"]


def test_tls_is_listened_on_with_a_certificate_only(tmp_path: Path, binary: AsteriskBinary) -> None:
    assert "protocol = tls" not in render_texts(of(tmp_path), binary, PORTS)["pjsip.conf"]
    both = of(tmp_path, tls_certificate="/c.pem", tls_key="/k.pem")
    assert "cert_file = /c.pem\n" in render_texts(both, binary, PORTS)["pjsip.conf"]
    with pytest.raises(Misconfigured, match="tls_key"):
        render_texts(of(tmp_path, tls_certificate="/c.pem"), binary, PORTS)


def test_an_external_address_is_announced_outside_the_local_networks_only(
    tmp_path: Path, binary: AsteriskBinary
) -> None:
    text = render_texts(of(tmp_path, external_address="203.0.113.7"), binary, PORTS)["pjsip.conf"]
    assert "external_media_address = 203.0.113.7\n" in text
    assert "local_net = 192.168.0.0/16\n" in text


def test_a_line_break_in_a_setting_cannot_add_a_line(
    tmp_path: Path, binary: AsteriskBinary
) -> None:
    with pytest.raises(Misconfigured, match="line break"):
        render_texts(of(tmp_path, ari_user="x\n[y]\ntype = user"), binary, PORTS)


def test_the_pattern_of_numbers_never_runs_on_from_the_hangup_extension(
    tmp_path: Path, binary: AsteriskBinary
) -> None:
    text = render_texts(of(tmp_path), binary, PORTS)["extensions.conf"]
    contexts = re.split(r"^\[([\w-]+)\]$", text, flags=re.MULTILINE)[1:]
    numbered = {
        name: body for name, body in zip(contexts[::2], contexts[1::2], strict=True) if "_[" in body
    }
    assert set(numbered) == {
        "device",
        "hot-desk",
        "trunk",
        "trunk-headers",
        "survival-device",
        "survival-trunk",
    }
    for body in numbered.values():
        end = body[body.index("exten => h,1,") :]
        assert re.search(r"\n(exten => h,1| same => n),Hangup\(\)\n", "\n" + end)


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite+aiosqlite://", "nonsense"])
def test_a_database_that_asterisk_cannot_read_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Misconfigured):
        database_of(of(tmp_path, database_url=url))


def test_a_home_whose_socket_path_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="CENTRALE_HOME"):
        Layout.of(tmp_path / ("x" * 100))
