"""Which number a provider hears for a call out, as one after the other is taken away."""

from collections.abc import Callable

from sqlalchemy import select

from orchestrator.departments.model import Department
from orchestrator.people.model import User
from orchestrator.routing.model import OutboundRoute
from orchestrator.routing.plan import TenantPlan
from orchestrator.trunks.model import Trunk
from tests.asterisk.office import Office, until
from tests.phones.wire import Message

NUMBER = "0612345678"
OF_ROUTE, OF_USER, OF_DEPARTMENT = "+31205550001", "+31205550101", "+31205550300"
OF_TRUNK = "+31201234500"


async def test_given_numbers_of_all_when_calling_out_then_the_provider_hears_them_in_their_order(
    office: Office,
) -> None:
    """Route before user before department before trunk; without any, the extension."""
    provider = await office.provider()
    await office.rule(provider, caller_id=OF_ROUTE)
    who = await office.hire("101", outbound_caller_id=OF_USER)
    await give_department(office, OF_DEPARTMENT)
    alice = await office.desk(who)

    async def heard() -> str:
        far = await provider.phone.answer(ring_ms=100)
        call = await alice.call(NUMBER, talk_ms=100, ended_by="us")
        await call.finished()
        await far.until_sent("200 BYE")
        await far.stop()
        (invite,) = far.received("INVITE")
        assert identity(invite) == invite.caller, "From and P-Asserted-Identity agree"
        return invite.caller

    assert await heard() == OF_ROUTE
    await take_from_route(office)
    assert await heard() == OF_USER
    await office.books.change(User, who.user_id, outbound_caller_id=None)
    await planned(office, lambda plan: plan.people[who.user_id].outbound_caller_id is None)
    assert await heard() == OF_DEPARTMENT
    await give_department(office, None)
    assert await heard() == OF_TRUNK
    await office.books.change(Trunk, provider.trunk_id, caller_id=None)
    await planned(office, lambda plan: plan.trunks[provider.trunk_id].caller_id is None)
    assert await heard() == "101"
    assert {entry.verdict for entry in await office.journal(5)} == {"answered"}


def identity(invite: Message) -> str:
    """The number in P-Asserted-Identity."""
    return invite.headers["p-asserted-identity"].partition("sip:")[2].partition("@")[0]


async def planned(office: Office, holds: Callable[[TenantPlan], bool]) -> None:
    await until(lambda: holds(office.plan))


async def give_department(office: Office, number: str | None) -> None:
    async with office.books.database.transaction(office.books.scope) as session:
        mine = select(Department).where(Department.tenant_id == office.books.scope.tenant)
        (await session.scalars(mine)).one().outbound_caller_id = number
    await planned(office, lambda plan: {d.caller_id for d in plan.departments.values()} == {number})


async def take_from_route(office: Office) -> None:
    async with office.books.database.transaction(office.books.scope) as session:
        mine = select(OutboundRoute).where(OutboundRoute.tenant_id == office.books.scope.tenant)
        (await session.scalars(mine)).one().caller_id = None
    await planned(office, lambda plan: plan.outbound_rules[0].routes[0].caller_id is None)
