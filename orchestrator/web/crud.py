"""The routes that most resources have, so that they all behave alike."""

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
Out_co = TypeVar("Out_co", bound=BaseModel, covariant=True)


class Lists(Protocol[Query_contra, Out]):
    async def list(self, scope: Scope, query: Query_contra) -> Page[Out]: ...


class Shows(Protocol[Out_co]):
    async def get(self, scope: Scope, id: str) -> Out_co: ...  # noqa: A002


class Creates(Protocol[Create_contra, Out_co]):
    async def create(self, scope: Scope, body: Create_contra) -> Out_co: ...


class Changes(Protocol[Change_contra, Out_co]):
    """`version` is the one the client read (`If-Match`), None when it does not care."""

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: Change_contra,
        version: int | None = None,
    ) -> Out_co: ...


class Deletes(Protocol):
    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None: ...  # noqa: A002


class ResourceService(
    Lists[Query_contra, Out],
    Shows[Out],
    Creates[Create_contra, Out],
    Changes[Change_contra, Out],
    Deletes,
    Protocol[Create_contra, Change_contra, Query_contra, Out],
):
    """A feature's service, as far as the usual routes need it."""


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
        return self.singular.lower().replace(" ", "_").replace("-", "_")

    @property
    def words(self) -> str:
        return self.plural.replace("-", " ")


def resource_routes(
    noun: Noun,
    service: ResourceService[Create, Change, Query, Out],
    shapes: Shapes[Create, Change, Query, Out],
) -> list[Route]:
    """List, create, show, change and delete."""
    return [
        list_route(noun, service, shapes.query, shapes.page),
        create_route(
            noun,
            service,
            shapes.create,
            shapes.created or shapes.out,
            replayable=shapes.replayable,
        ),
        show_route(noun, service, shapes.out),
        change_route(noun, service, shapes.change, shapes.out),
        delete_route(noun, service),
    ]


def list_route(
    noun: Noun, service: Lists[Query, Out], query: type[Query], page: type[Page[Out]]
) -> Route:
    async def show_list(request: ApiRequest) -> Page[Out]:
        return await service.list(request.scope, request.query(query))

    return Route(
        *("GET", noun.path, noun.read, show_list, f"List {noun.words}.", noun.words),
        query=query,
        answer=page,
    )


def show_route(noun: Noun, service: Shows[Out], out: type[Out]) -> Route:
    async def show(request: ApiRequest) -> Out:
        return await service.get(request.scope, request.path[noun.variable])

    return Route(
        *("GET", noun.item_path, noun.read, show, f"Show one {noun.singular}.", noun.words),
        answer=out,
    )


def create_route(
    noun: Noun,
    service: Creates[Create, Out],
    body: type[Create],
    out: type[BaseModel],
    *,
    replayable: bool = True,
) -> Route:
    async def create(request: ApiRequest) -> Out:
        return await service.create(request.scope, request.body(body))

    return Route(
        *("POST", noun.path, noun.write, create, f"Create: {noun.singular}.", noun.words),
        body=body,
        answer=out,
        status=201,
        errors=(NotFound, LimitReached),
        replayable=replayable,
    )


def change_route(
    noun: Noun, service: Changes[Change, Out], patch: type[Change], out: type[Out]
) -> Route:
    async def change(request: ApiRequest) -> Out:
        found, body = request.path[noun.variable], request.body(patch)
        return await service.update(request.scope, found, body, request.if_match)

    return Route(
        *("PATCH", noun.item_path, noun.write, change, "Change named fields.", noun.words),
        body=patch,
        answer=out,
        versioned=True,
    )


def delete_route(noun: Noun, service: Deletes) -> Route:
    async def delete(request: ApiRequest) -> None:
        await service.delete(request.scope, request.path[noun.variable], request.if_match)

    return Route(
        *("DELETE", noun.item_path, noun.write, delete, f"Delete: {noun.singular}.", noun.words),
        status=204,
        versioned=True,
    )
