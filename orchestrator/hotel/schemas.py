"""What the API says about hotel rooms and minibars."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from orchestrator.schemas import Body, ListQuery, Page, Patch, Reference, Resource

RoomStatus = Annotated[
    str, Field(pattern=r"^[0-9]$", description="The digit that is dialled; 2 is clean.")
]


class RoomBody(Body):
    status: RoomStatus


class RoomQuery(ListQuery):
    sort: Literal["reported_at", "-reported_at"] | None = None
    status: RoomStatus | None = None


class RoomOut(Resource):
    """How a room is. `user` has the extension in it; `word` is what is known of the digit."""

    user: str
    name: str
    status: str
    word: str
    reported_at: AwareDatetime


class MinibarQuery(ListQuery):
    sort: Literal["reported_at", "-reported_at"] | None = None
    user: Reference | None = None
    settled: bool | None = None


class MinibarPatch(Patch):
    """`settled`: paid, or still to be paid."""

    settled: bool = False


class MinibarOut(Resource):
    """`count` pieces of the article `item` that were taken in the room of `user`; `settled_at`
    null: still to be paid."""

    user: str
    name: str
    item: str
    count: int
    reported_at: AwareDatetime
    settled_at: AwareDatetime | None


RoomPage = Page[RoomOut]
MinibarPage = Page[MinibarOut]
