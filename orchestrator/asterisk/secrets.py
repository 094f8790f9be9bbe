"""Secrets made at random on first use and kept in the run-time folder, one file each."""

import os
import secrets
from pathlib import Path

from orchestrator.errors import Misconfigured

# Bytes of randomness; 32 give 43 characters of A-Z a-z 0-9 - _, safe in every file and header.
_BYTES = 32


def secret(home: Path, name: str) -> str:
    """The secret `name` of the installation in `home`; made when it does not exist yet.

    Kept in `<home>/secrets/<name>`, mode 0600. Two processes that ask at the same time get the
    same secret: the file appears whole, by a hard link, or not at all.
    """
    folder = home / "secrets"
    path = folder / name
    try:
        if not path.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _create(path, secrets.token_urlsafe(_BYTES))
        value = path.read_text().strip()
    except OSError as error:
        raise Misconfigured(f"The secret {path} cannot be kept: {error.strerror}") from error
    if not value:
        raise Misconfigured(f"The secret {path} is empty: remove the file, a new one is made")
    return value


def _create(path: Path, value: str) -> None:
    """Write `value` to `path` unless the file exists by then."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(value + "\n")
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()
