"""The keys of all phones: which watched numbers mean what, and on whom they depend. No I/O."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from orchestrator.presence.notices import Changes
from orchestrator.presence.rules import Key, Picture, State, meaning, next_instant, state_of
from orchestrator.routing.plan import Plan, TenantPlan
from orchestrator.types import TenantId

PREFIX = "Stasis:"

Watched = Mapping[str, frozenset[str]]
"""The numbers that phones subscribed to, by the slug of their tenant."""


def device_name(slug: str, number: str) -> str:
    """The name of a device state, as the hints of the tenant say it."""
    return f"{PREFIX}{slug}-{number}"


class TenantKeys:
    """The watched numbers of one tenant that mean something, and by person."""

    def __init__(self, tenant: TenantPlan, numbers: frozenset[str]) -> None:
        self.tenant = tenant
        self.numbers = numbers
        found = {number: meaning(tenant, number) for number in numbers}
        self.keys: dict[str, Key] = {number: key for number, key in found.items() if key}
        self.of_person: defaultdict[str, set[str]] = defaultdict(set)
        for number, key in self.keys.items():
            if key.person is not None:
                self.of_person[key.person].add(number)

    def states(self, numbers: Iterable[str], picture: Picture) -> Iterator[tuple[str, State]]:
        """Device name and state of each of `numbers`."""
        for number in numbers:
            state = state_of(self.keys[number], self.tenant, picture)
            yield device_name(self.tenant.slug, number), state


class Keyboard:
    """The watched numbers of all tenants. Made anew only for tenants that changed."""

    def __init__(self) -> None:
        self._tenants: dict[TenantId, TenantKeys] = {}
        self._home: dict[str, TenantId] = {}

    def update(self, plan: Plan, watched: Watched) -> None:
        """Take a new plan, and what is watched now."""
        tenants: dict[TenantId, TenantKeys] = {}
        for tenant in plan.tenants.values():
            numbers = watched.get(tenant.slug)
            if not numbers:
                continue
            known = self._tenants.get(tenant.id)
            same = known is not None and known.tenant is tenant and known.numbers == numbers
            tenants[tenant.id] = known if known and same else TenantKeys(tenant, numbers)
        self._tenants = tenants
        self._home = {p: id_ for id_, keys in tenants.items() for p in keys.of_person}

    def states(self, changes: Changes, picture: Picture) -> Iterator[tuple[str, State]]:
        """Device name and state of every number whose lamp may differ after `changes`."""
        whole = self._tenants.keys() if changes.everything else changes.tenants
        for tenant in whole:
            if keys := self._tenants.get(tenant):
                yield from keys.states(keys.keys, picture)
        for person in changes.people:
            home = self._home.get(person)
            if home is not None and home not in whole:
                keys = self._tenants[home]
                yield from keys.states(keys.of_person[person], picture)

    def devices(self) -> set[str]:
        """The names of all device states that are kept."""
        return {
            device_name(keys.tenant.slug, number)
            for keys in self._tenants.values()
            for number in keys.keys
        }

    def seconds_until_next(self, picture: Picture) -> float:
        """Seconds until time alone may change a lamp, see `next_instant`."""
        found = self._tenants.values()
        people = (k.tenant.people[p] for k in found for p in k.of_person if p in k.tenant.people)
        departments = chain.from_iterable(k.tenant.departments.values() for k in found)
        overrides = (o for department in departments for o in department.hours.overrides)
        return next_instant(people, overrides, picture.now)
