"""Files that come in: written to disk as they come, counted, and never more than a route takes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import BodyPartReader, web
from pydantic import BaseModel

from orchestrator.errors import Invalid
from orchestrator.media import MediaStore
from orchestrator.web.binding import single, validate
from orchestrator.web.errors import Malformed, TooLarge
from orchestrator.web.keys import DEADLINE
from orchestrator.web.routes import Route, Upload

_CHUNK = 256 * 1024
_MOST_FIELD = 10_000
_FORM = "multipart/form-data"
_JSON = "application/json"


def is_upload(request: web.Request, route: Route) -> bool:
    """Whether a file comes, where JSON might."""
    if route.upload is None:
        return False
    return route.body is None or request.content_type != _JSON


@asynccontextmanager
async def received(
    request: web.Request, upload: Upload, store: MediaStore
) -> AsyncIterator[tuple[Path, BaseModel]]:
    """The file, whole and on the disk, and its checked fields. Gone when the block ends.

    Raises TooLarge at once when the client says so, else as soon as too much has come.
    """
    # A form has some bytes around the file.
    if (request.content_length or 0) > upload.most_bytes + _CHUNK:
        raise _too_large(upload)
    if (timer := request.get(DEADLINE)) is not None:
        timer.reschedule(asyncio.get_running_loop().time() + upload.seconds)
    path = await store.incoming()
    try:
        if request.content_type == _FORM:
            given = await _form(request, upload, path)
        else:
            given = single(request.query, "query")
            await _write(request.content.iter_chunked(_CHUNK), upload, path)
        place = "body" if request.content_type == _FORM else "query"
        yield path, validate(upload.fields, given, place)
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def _form(request: web.Request, upload: Upload, path: Path) -> Mapping[str, str]:
    """The part `file` goes to `path`; the other parts are returned."""
    fields: dict[str, str] = {}
    found = False
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader) or not part.name:
                raise Malformed("The form has a part without a name.")
            if part.name in fields or (found and part.name == "file"):
                raise Invalid.field(f"body.{part.name}", "is given twice")
            if part.name == "file":
                found = True
                await _write(_chunks(part), upload, path)
            else:
                fields[part.name] = await _text(part)
    except (ValueError, AssertionError, LookupError) as error:
        raise Malformed("The form cannot be read.") from error
    if not found:
        raise Invalid.field("body.file", "is missing")
    return fields


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(_CHUNK):
        yield chunk


async def _text(part: BodyPartReader) -> str:
    value = bytearray()
    while chunk := await part.read_chunk():
        value += chunk
        if len(value) > _MOST_FIELD:
            raise Invalid.field(f"body.{part.name}", "is too long")
    return value.decode()


async def _write(chunks: AsyncIterator[bytes], upload: Upload, path: Path) -> None:
    size = 0
    with await asyncio.to_thread(path.open, "wb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if size > upload.most_bytes:
                raise _too_large(upload)
            await asyncio.to_thread(file.write, chunk)


def _too_large(upload: Upload) -> TooLarge:
    return TooLarge(f"At most {upload.most_bytes // 1_000_000} MB.")
