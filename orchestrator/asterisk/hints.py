"""Hints: what phones may subscribe to. One pattern in one small context per tenant.

A running Asterisk is told over the manager interface (`ami.py`). The embedded one also finds them
in a file when it starts: only then does it take up again the subscriptions that it kept over its
restart, and phones notice nothing.
"""

import os
from collections.abc import Iterable

from orchestrator.asterisk.layout import Layout

PATTERN = "_[*#0-9A-Za-z]!"


def context_of(slug: str) -> str:
    """The context that devices of a tenant subscribe in (`db/views.py` says the same)."""
    return f"hints-{slug}"


def hint_of(slug: str) -> str:
    """What the state of a number is taken from."""
    return f"Stasis:{slug}-${{EXTEN}}"


def write_hints(layout: Layout, slugs: Iterable[str]) -> None:
    """Write the file that extensions.conf includes, whole or not at all."""
    sections = (f"[{context_of(s)}]\nexten => {PATTERN},hint,{hint_of(s)}\n" for s in sorted(slugs))
    draft = layout.hints.with_name(f".{layout.hints.name}.{os.getpid()}")
    draft.write_text("".join(sections))
    draft.replace(layout.hints)
