"""Makes operators from the command line: the first one, before anybody can sign in."""

from dataclasses import dataclass

from pydantic import SecretStr, ValidationError

from orchestrator.errors import Invalid, NotFound
from orchestrator.offline import offline_services
from orchestrator.settings import Settings
from orchestrator.tenants.schemas import OperatorCreate
from orchestrator.types import SYSTEM_ACTOR, Scope


@dataclass(frozen=True, slots=True)
class OperatorOrder:
    """The operator to make; `tenant` is the slug of the platform or a reseller."""

    email: str
    name: str
    tenant: str
    password: str


async def add_operator(settings: Settings, order: OperatorOrder) -> str:
    """Make the operator; returns what to tell the person. Works beside a running orchestrator."""
    body = _body(order)
    async with offline_services(settings) as services:
        place = await services.tenants.place_of(order.tenant)
        if place is None:
            raise NotFound(f"There is no tenant {order.tenant}.")
        await services.operators.create(Scope(place.id, SYSTEM_ACTOR), body)
    return f"{body.email} can sign in now."


def _body(order: OperatorOrder) -> OperatorCreate:
    try:
        return OperatorCreate(
            name=order.name, email=order.email, password=SecretStr(order.password)
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        if field == "password":
            raise Invalid("password: must have 10 to 200 characters") from None
        raise Invalid(f"{field}: {first['msg']}") from None
