"""What the API says about the audit log."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from orchestrator.schemas import Line, ListQuery, Page
from orchestrator.types import ActorKind


class AuditQuery(ListQuery):
    sort: Literal["at", "-at"] | None = "-at"
    object_kind: Annotated[Line, Field(max_length=32)] | None = None
    object_id: Annotated[Line, Field(max_length=36)] | None = None
    actor_id: Annotated[Line, Field(max_length=36)] | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class AuditOut(BaseModel):
    """Who changed what; `before` and `after` hold the changed fields, secrets as `***`."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    actor_kind: ActorKind
    actor_id: str
    actor_name: str
    tag: str
    object_kind: str
    object_id: str
    before: dict[str, object] | None
    after: dict[str, object] | None
    ip: str | None
    at: AwareDatetime


AuditPage = Page[AuditOut]
