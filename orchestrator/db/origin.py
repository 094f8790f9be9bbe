"""From where the present request came; the HTTP edge sets it, audit entries keep it."""

from contextvars import ContextVar

ORIGIN: ContextVar[str | None] = ContextVar("origin", default=None)
"""IP address of whoever asked, or None for what the product does by itself."""
