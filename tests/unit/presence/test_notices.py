"""Notices: any number of changes is one, a slow listener costs nobody anything."""

from dataclasses import replace

from orchestrator.forwarding.rules import Forwarding, Status
from orchestrator.presence.keyboard import Keyboard, device_name
from orchestrator.presence.notices import Changes, Notices
from orchestrator.presence.rules import State, nothing_on
from orchestrator.types import TenantId
from tests.factories.plans import NOON, person, plan, tenant

OTHER = TenantId("tenant-other")


def test_many_changes_of_one_person_are_one() -> None:
    notices = Notices()
    ear = notices.subscribe()
    for _ in range(3):
        notices.person("ada")
    notices.tenants([OTHER])
    assert ear.take() == Changes(frozenset({"ada"}), frozenset({OTHER}))
    assert ear.take() == Changes()


def test_a_listener_that_falls_behind_is_told_that_everything_changed() -> None:
    notices = Notices()
    ear = notices.subscribe(most=2)
    for number in range(5):
        notices.person(f"user-{number}")
    changes = ear.take()
    assert changes.everything
    assert len(changes.people) == 2


def test_who_does_not_listen_any_more_hears_nothing() -> None:
    notices = Notices()
    ear = notices.subscribe()
    notices.unsubscribe(ear)
    notices.everything()
    assert ear.take() == Changes()


async def test_waiting_ends_with_a_change_or_with_time() -> None:
    notices = Notices()
    ear = notices.subscribe()
    assert not await ear.wait(0.01)
    notices.anew()
    assert await ear.wait(8)
    assert ear.take() == Changes(everything=True, anew=True)


def test_a_keyboard_gives_the_states_of_what_changed_alone() -> None:
    ada, bob = person("101"), person("102", forwarding=Forwarding(Status.AWAY))
    keyboard = Keyboard()
    keyboard.update(plan(tenant((ada, bob))), {"acme": frozenset({"101", "102", "999"})})
    picture = nothing_on(NOON)
    assert dict(keyboard.states(Changes(people=frozenset({bob.id, "nobody"})), picture)) == {
        device_name("acme", "102"): State.BUSY
    }
    assert len(dict(keyboard.states(Changes(everything=True), picture))) == 2
    assert dict(keyboard.states(Changes(tenants=frozenset({OTHER})), picture)) == {}


def test_a_keyboard_follows_the_plan_and_what_is_watched() -> None:
    ada = person("101")
    acme = tenant((ada,))
    keyboard = Keyboard()
    keyboard.update(plan(acme), {"acme": frozenset({"101"})})
    assert keyboard.devices() == {device_name("acme", "101")}
    keyboard.update(plan(acme), {"acme": frozenset({"101", "*32101"})})
    assert len(keyboard.devices()) == 2
    keyboard.update(plan(replace(acme, extensions={})), {"acme": frozenset({"101", "*32101"})})
    assert keyboard.devices() == set()
