"""Secrets of an installation: made once, kept to their owner."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestrator.asterisk.secrets import secret
from orchestrator.errors import Misconfigured


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first = secret(tmp_path, "ari")
    assert len(first) >= 40
    assert secret(tmp_path, "ari") == first
    assert secret(tmp_path, "manager") != first
    assert (tmp_path / "secrets/ari").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert sorted(p.name for p in (tmp_path / "secrets").iterdir()) == ["ari", "manager"]


def test_many_who_ask_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = set(pool.map(lambda _: secret(tmp_path, "one"), range(64)))
    assert len(got) == 1


def test_an_empty_file_is_not_taken_for_a_secret(tmp_path: Path) -> None:
    secret(tmp_path, "ari")
    (tmp_path / "secrets/ari").write_text("\n")
    with pytest.raises(Misconfigured, match="empty"):
        secret(tmp_path, "ari")
