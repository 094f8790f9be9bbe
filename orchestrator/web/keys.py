"""Keys under which middlewares leave things on a request."""

from asyncio import Timeout

from aiohttp.web import RequestKey

REQUEST_ID = RequestKey("request_id", str)
"""Random id of this request; in its log lines, its `X-Request-Id` and its problem."""

DEADLINE = RequestKey("deadline", Timeout)
"""When the request is given up; a route that waits for a long upload moves it."""
