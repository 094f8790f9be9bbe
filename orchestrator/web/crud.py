"""The five routes that most resources have, so that they all behave alike."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from orchestrator.errors import LimitReached, NotFound
from orchestrator.schemas import Body, ListQuery, Page, Patch
from orchestrator.types import Scope
from orchestrator.web.routes import TENANT, ApiRequest, Need, Route

Create = TypeVar("Create", bound=Body)
Change = TypeVar("Change", bound=Patch)
Query = TypeVar("Query", bound=ListQuery)
Out = TypeVar("Out", bound=BaseModel)
Create_contra = TypeVar("Create_contra", bound=Body, contravariant=True)
Change_contra = TypeVar("Change_contra", bound=Patch, contravariant=True)
Query_contra = TypeVar("Query_contra", bound=ListQuery, contravariant=True)


class ResourceService(Protocol[Create_contra, Change_contra, Query_contra, Out]):
    """A feature's service, as far as the five routes need it.

    `version` is the one the client read (`If-Match`), None when it does not care.
    """

    async def list(self, scope: Scope, query: Query_contra) -> Page[Out]: ...

    async def get(self, scope: Scope, id: str) -> Out: ...  # noqa: A002

    async def create(self, scope: Scope, body: Create_contra) -> Out: ...

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: Change_contra,
        version: int | None = None,
    ) -> Out: ...

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None: ...  # noqa: A002


@dataclass(frozen=True, slots=True)
class Shapes(Generic[Create, Change, Query, Out]):
    """The models of one resource: bodies in, filters, and what is shown.

    `created` is what creating shows, when that is more (a secret). An answer that we could not
    show again, because only a hash is kept, is not `replayable` either.
    """

    create: type[Create]
    change: type[Change]
    query: type[Query]
    out: type[Out]
    page: type[Page[Out]]
    created: type[BaseModel] | None = None
    replayable: bool = True


@dataclass(frozen=True, slots=True)
class Noun:
    """How a resource is called: `users`, `user`; rights to `read` and to `write` it."""

    plural: str
    singular: str
    read: Need
    write: Need

    @property
    def path(self) -> str:
        return f"{TENANT}/{self.plural}"

    @property
    def item_path(self) -> str:
        return f"{self.path}/{{{self.variable}}}"

    @property
    def variable(self) -> str:
        return self.singular.replace(" ", "_").replace("-", "_")

    @property
    def words(self) -> str:
        return self.plural.replace("-", " ")


def resource_routes(
    noun: Noun,
    service: ResourceService[Create, Change, Query, Out],
    shapes: Shapes[Create, Change, Query, Out],
) -> list[Route]:
    """List, create, show, change and delete."""
    return [*_reading(noun, service, shapes), *_writing(noun, service, shapes)]


def _reading(
    noun: Noun,
    service: ResourceService[Create, Change, Query, Out],
    shapes: Shapes[Create, Change, Query, Out],
) -> list[Route]:
    async def show_list(request: ApiRequest) -> Page[Out]:
        return await service.list(request.scope, request.query(shapes.query))

    async def show(request: ApiRequest) -> Out:
        return await service.get(request.scope, request.path[noun.variable])

    return [
        Route(
            *("GET", noun.path, noun.read, show_list, f"List {noun.words}.", noun.words),
            query=shapes.query,
            answer=shapes.page,
        ),
        Route(
            *("GET", noun.item_path, noun.read, show, f"Show one {noun.singular}.", noun.words),
            answer=shapes.out,
        ),
    ]


def _writing(
    noun: Noun,
    service: ResourceService[Create, Change, Query, Out],
    shapes: Shapes[Create, Change, Query, Out],
) -> list[Route]:
    async def create(request: ApiRequest) -> Out:
        return await service.create(request.scope, request.body(shapes.create))

    async def change(request: ApiRequest) -> Out:
        found, patch = request.path[noun.variable], request.body(shapes.change)
        return await service.update(request.scope, found, patch, request.if_match)

    async def delete(request: ApiRequest) -> None:
        found = request.path[noun.variable]
        await service.delete(request.scope, found, request.if_match)

    return [
        Route(
            *("POST", noun.path, noun.write, create, f"Create a {noun.singular}.", noun.words),
            body=shapes.create,
            answer=shapes.created or shapes.out,
            status=201,
            errors=(NotFound, LimitReached),
            replayable=shapes.replayable,
        ),
        Route(
            *("PATCH", noun.item_path, noun.write, change, "Change named fields.", noun.words),
            body=shapes.change,
            answer=shapes.out,
            versioned=True,
        ),
        Route(
            *("DELETE", noun.item_path, noun.write, delete, "Delete.", noun.words),
            status=204,
            versioned=True,
        ),
    ]
