"""Table of prompts: what a tenant has callers hear."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import Base, Row, TenantOwned, word
from orchestrator.prompts.rules import PromptSource


class Prompt(Base, Row, TenantOwned):
    """A recording of the tenant's own. `file` is the sound in the media store, without an ending
    (`media.py`), `original` the file as it came in, `text` and `language` what was spoken by us.

    New words get a new file: the old one may be playing.
    """

    __tablename__ = "prompts"
    __in_plan__ = True
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "name"))

    name: Mapped[str] = mapped_column(String(80))
    source: Mapped[PromptSource] = mapped_column(word(PromptSource))
    language: Mapped[str | None] = mapped_column(String(12))
    text: Mapped[str | None] = mapped_column(String(2000))
    file: Mapped[str] = mapped_column(String(160))
    original: Mapped[str | None] = mapped_column(String(160))
    seconds: Mapped[float] = mapped_column(default=0.0)
