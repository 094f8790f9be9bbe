"""A certificate for SIP over TLS on loopback."""

import asyncio
from pathlib import Path


async def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for loopback that signs itself, and its key, as PEM files."""
    ours, key_file = folder / "certificate.pem", folder / "key.pem"
    making = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-noenc", "-days", "2", "-subj", "/CN=127.0.0.1",
        "-addext", "subjectAltName=IP:127.0.0.1",
        "-out", str(ours), "-keyout", str(key_file),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, complaint = await making.communicate()
    assert making.returncode == 0, complaint.decode()
    return ours, key_file
