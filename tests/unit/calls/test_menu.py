"""IVRs and the spelling of names on the fake Asterisk: each way through `verbs/menu.py`."""

from dataclasses import replace

import pytest

from orchestrator.hours.rules import HoursState, Override, OverrideState, Schedule
from orchestrator.ivr.rules import KeyAction
from orchestrator.ivr.spelling import keys_of
from orchestrator.options.rules import CallOptions, Options
from orchestrator.routing.plan import (
    HoursRouteLine,
    IvrKeyLine,
    IvrLine,
    MailboxLine,
    Plan,
    TenantPlan,
)
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import TENANT, department, person
from tests.unit.calls.desk import Desk, until

K = DestinationKind
COLLEAGUE = Destination(K.USER, "user-102")
END = Destination(K.END_CALL)


def key(keys: str, to: Destination | None = COLLEAGUE, **fields: object) -> IvrKeyLine:
    return IvrKeyLine(keys, KeyAction.GO, to, **fields)  # type: ignore[arg-type]


def repeat(keys: str) -> IvrKeyLine:
    return IvrKeyLine(keys, KeyAction.REPEAT)


def ivr(*keys: IvrKeyLine, name: str = "main", **fields: object) -> IvrLine:
    line = IvrLine(
        id=f"ivr-{name}",
        number={"main": "800", "night": "801"}[name],
        name=name,
        department="dep-sales",
        language="nl",
        prompt=f"prompt-{name}",
        direct_dial=False,
        keys={each.keys: each for each in keys},
    )
    return replace(line, **fields)  # type: ignore[arg-type]


def furnish(desk: Desk, *ivrs: IvrLine, **changes: object) -> TenantPlan:
    """The IVRs, with prompts that last until a key is pressed unless a test says otherwise."""
    acme = desk.plan.tenants[TENANT]
    numbers = {line.number: Destination(K.IVR, line.id) for line in ivrs}
    acme = replace(
        acme,
        ivrs={line.id: line for line in ivrs},
        extensions={**acme.extensions, **numbers},
        departments={"dep-sales": department()},
    )
    acme = replace(acme, **changes)  # type: ignore[arg-type]
    desk.plan = Plan({TENANT: acme}, desk.plan.endpoints)
    for line in ivrs:
        desk.asterisk.world.sound_seconds[f"sound:{line.prompt}"] = 30.0
    return acme


def silent(desk: Desk, *ivrs: IvrLine) -> None:
    """Prompts are over at once."""
    for line in ivrs:
        del desk.asterisk.world.sound_seconds[f"sound:{line.prompt}"]


async def hears(desk: Desk, call: str, *media: str) -> str:
    """Wait until exactly that plays; the id of the playback."""

    def playing() -> tuple[str, ...]:
        channel = desk.asterisk.world.channels.get(call)
        return channel.playing[0].media if channel and channel.playing else ()

    await until(lambda: playing() == media)
    return desk.asterisk.world.channels[call].playing[0].id


async def enter(desk: Desk, *keys: str, number: str = "800") -> str:
    """Call the IVR and press keys while the prompt plays."""
    call = desk.call("u101x0", number)
    await hears(desk, call, "sound:prompt-main")
    for one in keys:
        desk.asterisk.press(call, one)
    return call


def steps(desk: Desk, call: str) -> list[tuple[str, str, str]]:
    return [(s.target_kind, s.target, s.reason) for s in desk.entry(call).segments]


async def test_a_key_leads_on_at_once(desk: Desk) -> None:
    furnish(desk, ivr(key("1")))
    call = await enter(desk, "1")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert steps(desk, call) == [("ivr", "800", "forwarded"), ("user", "102", "caller_hung_up")]
    assert entry.segments[0].answered_at
    assert entry.answered_at == entry.segments[1].answered_at, "a machine's answer is no answer"
    await desk.empty()


async def test_the_prompt_is_in_the_language_of_the_ivr(desk: Desk) -> None:
    furnish(desk, ivr(key("1")))
    call = await enter(desk)
    assert desk.asterisk.world.channels[call].playing[0].language == "nl"
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason) == ("abandoned", "caller_hung_up")


async def test_silence_plays_the_prompt_again_and_ends_after_all_rounds(desk: Desk) -> None:
    line = ivr(key("1"), wait_seconds=0, rounds=3)
    furnish(desk, line)
    silent(desk, line)
    call = desk.call("u101x0", "800")
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason) == ("refused", "no_input")
    played = [each.media for each in desk.asterisk.world.played]
    assert played == [("sound:prompt-main",)] * 3 + [("sound:vm-goodbye",)]


async def test_silence_goes_to_the_destination_for_it(desk: Desk) -> None:
    line = ivr(key("1"), wait_seconds=0, no_input=COLLEAGUE)
    furnish(desk, line)
    silent(desk, line)
    call = desk.call("u101x0", "800")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    assert len(desk.asterisk.world.played) == 1


async def test_a_wrong_key_is_told_and_ends_after_all_rounds(desk: Desk) -> None:
    furnish(desk, ivr(key("1"), rounds=2))
    desk.asterisk.world.sound_seconds["sound:pm-invalid-option"] = 30.0
    call = await enter(desk, "5")
    await hears(desk, call, "sound:pm-invalid-option", "sound:prompt-main")
    desk.asterisk.world.sound_seconds["sound:pm-invalid-option"] = 0.0
    desk.asterisk.press(call, "6")
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason) == ("refused", "invalid_input")
    assert desk.asterisk.world.played[-1].media == ("sound:pm-invalid-option", "sound:vm-goodbye")


async def test_a_wrong_key_goes_to_the_destination_for_it(desk: Desk) -> None:
    furnish(desk, ivr(key("1", END), invalid_input=COLLEAGUE))
    await desk.talking(await enter(desk, "5"))


async def test_repeating_starts_the_rounds_anew(desk: Desk) -> None:
    furnish(desk, ivr(key("1"), repeat("9"), rounds=1))
    call = await enter(desk)
    for _ in range(3):
        before = await hears(desk, call, "sound:prompt-main")
        desk.asterisk.press(call, "9")
        await until(lambda id_=before: desk.asterisk.world.channels[call].playing[0].id != id_)
    desk.asterisk.press(call, "1")
    await desk.talking(call)


async def test_a_key_for_more_plays_its_prompt_and_takes_the_string(desk: Desk) -> None:
    asks = IvrKeyLine("1", KeyAction.INPUT, prompt="which-code")
    furnish(desk, ivr(asks, key("1234")))
    desk.asterisk.world.sound_seconds["sound:which-code"] = 30.0
    call = await enter(desk, "1")
    await hears(desk, call, "sound:which-code")
    desk.asterisk.press(call, "234")
    await desk.talking(call)


async def test_extensions_can_be_dialled_where_that_is_allowed(desk: Desk) -> None:
    furnish(desk, ivr(key("1", END), direct_dial=True))
    call = await enter(desk, "1", "0", "2")
    await desk.talking(call)
    assert steps(desk, call)[-1] == ("user", "102", "")


@pytest.mark.parametrize("of_tenant", [False, True])
async def test_and_not_where_it_is_forbidden(desk: Desk, of_tenant: bool) -> None:
    options = Options(calls=CallOptions(direct_dial=not of_tenant))
    furnish(desk, ivr(key("2"), direct_dial=of_tenant, rounds=1), options=options)
    call = await enter(desk, "1")
    entry = await desk.ended(call)
    assert entry.reason == "invalid_input"


@pytest.mark.parametrize("keys", ["*20*102", "0612345678", "700", "#"])
async def test_nothing_but_extensions_can_be_dialled(desk: Desk, keys: str) -> None:
    acme = desk.plan.tenants[TENANT]
    main = ivr(key("9"), direct_dial=True, rounds=1)
    numbers = {**acme.extensions, "700": Destination(K.PARKING, "place")}
    furnish(desk, main, extensions={**numbers, "800": Destination(K.IVR, main.id)})
    call = await enter(desk, *keys)
    entry = await desk.ended(call)
    assert (entry.reason, [s.target_kind for s in entry.segments]) == ("invalid_input", ["ivr"])


async def test_menus_lead_to_menus_without_a_request_more_than_needed(desk: Desk) -> None:
    night = ivr(key("2"), name="night")
    furnish(desk, ivr(key("1", Destination(K.IVR, night.id))), night)
    call = await enter(desk, "1")
    await hears(desk, call, "sound:prompt-night")
    desk.asterisk.press(call, "2")
    await desk.talking(call)
    assert [s[1] for s in steps(desk, call)] == ["800", "801", "102"]


async def test_menus_in_a_circle_without_keys_are_cut(desk: Desk) -> None:
    night = ivr(name="night", wait_seconds=0, no_input=Destination(K.IVR, "ivr-main"))
    main = ivr(wait_seconds=0, no_input=Destination(K.IVR, night.id))
    furnish(desk, main, night)
    silent(desk, main, night)
    entry = await desk.ended(desk.call("u101x0", "800"))
    assert (entry.outcome, entry.reason) == ("failed_us", "loop")


async def test_a_destination_that_is_gone_counts_as_a_wrong_key(desk: Desk) -> None:
    furnish(desk, ivr(key("1", Destination(K.USER, "gone")), invalid_input=COLLEAGUE))
    await desk.talking(await enter(desk, "1"))


@pytest.mark.parametrize("to", [COLLEAGUE, Destination(K.EXTENSION, "102")])
async def test_a_prompt_that_is_gone_is_replaced_by_the_keys(desk: Desk, to: Destination) -> None:
    furnish(desk, ivr(key("1", to)))
    world = desk.asterisk.world
    world.missing_sounds.add("sound:prompt-main")
    del world.sound_seconds["sound:prompt-main"]
    world.sound_seconds["sound:extension"] = 30.0
    call = desk.call("u101x0", "800")
    words = (
        "sound:dir-multi1",
        "sound:digits/1",
        "sound:dir-multi2",
        "sound:extension",
        "sound:digits/1",
        "sound:digits/0",
        "sound:digits/2",
    )
    await hears(desk, call, *words)
    desk.asterisk.press(call, "1")
    await desk.talking(call)


@pytest.mark.parametrize("from_outside", [False, True])
async def test_while_the_department_is_closed_its_own_route_counts(
    desk: Desk, from_outside: bool
) -> None:
    night = ivr(key("2"), name="night", department="dep-night")
    closed = {HoursState.CLOSED: HoursRouteLine(Destination(K.IVR, night.id))}
    acme = furnish(desk, ivr(key("1"), routes=closed), night)
    shut = department(hours=Schedule(overrides=(Override(OverrideState.CLOSED),)))
    to = Destination(K.IVR, "ivr-main")
    dids = tuple(replace(each, destination=to) for each in acme.dids)
    acme = replace(acme, departments={shut.id: shut}, dids=dids)
    desk.plan = Plan({TENANT: acme}, desk.plan.endpoints)
    called = ("trunk-main", "+31201234567") if from_outside else ("u101x0", "800")
    call = desk.call(*called)
    await hears(desk, call, "sound:prompt-night")
    desk.asterisk.press(call, "2")
    await desk.talking(call)


async def test_a_new_node_plays_the_menu_again(desk: Desk) -> None:
    furnish(desk, ivr(key("1")))
    call = await enter(desk)
    desk.asterisk.refusing = True
    desk.asterisk.drop()
    await until(lambda: not desk.ari.connected)
    await desk.registry.close()
    old = await hears(desk, call, "sound:prompt-main")
    desk.asterisk.refusing = False
    await desk.ari.wait_connected(8)
    await until(lambda: desk.asterisk.world.channels[call].playing[0].id != old)
    await hears(desk, call, "sound:prompt-main")
    desk.asterisk.press(call, "1")
    await desk.talking(call)
    assert desk.entry(call).adopted
    assert [s[0] for s in steps(desk, call)] == ["ivr", "ivr", "user"]


# -- dial by name ------------------------------------------------------------------------------

ASK = ("sound:dir-pls-enter", "sound:digits/3", "sound:dir-firstlast", "sound:dir-usingkeypad")


def named(number: str, first: str, last: str) -> dict[str, object]:
    spelled = (keys_of(first), keys_of(last))
    return {f"user-{number}": person(number, name=f"{first} {last}", spelled=spelled)}


async def spell(desk: Desk, *keys: str) -> str:
    """From the IVR to the spelling, whose prompt lasts until a key is pressed."""
    by_name = key("3", Destination(K.DIAL_BY_NAME))
    people = {
        **named("101", "Ann", "Zed"),
        **named("102", "Wei", "Li"),
        **named("103", "Lisa", "Jansen"),
    }
    boxes = {"user-102": MailboxLine("box", "user-102", self_id="t/names/wei")}
    furnish(desk, ivr(by_name), people=people, mailboxes=boxes)
    desk.asterisk.world.sound_seconds["sound:dir-usingkeypad"] = 30.0
    call = await enter(desk, "3")
    await hears(desk, call, *ASK)
    for one in keys:
        desk.asterisk.press(call, one)
    return call


async def test_a_name_of_one_person_leads_there(desk: Desk) -> None:
    call = await spell(desk, "5", "2", "6")
    await until(lambda: steps(desk, call)[-1][:2] == ("user", "103"))
    await desk.talking(call)
    assert [s[0] for s in steps(desk, call)] == ["ivr", "dial_by_name", "user"]


async def test_a_name_of_several_is_chosen_from_a_list(desk: Desk) -> None:
    desk.asterisk.world.sound_seconds["sound:vm-tocancel"] = 30.0
    call = await spell(desk, "5", "4", "0", "#")
    own = desk.registry.ports.media.playable("t/names/wei")
    await hears(
        desk,
        call,
        *("sound:dir-multi1", "sound:digits/0", "sound:dir-multi2", own),
        *(
            "sound:dir-multi1",
            "sound:digits/1",
            "sound:dir-multi2",
            "sound:extension",
            "sound:digits/1",
            "sound:digits/0",
            "sound:digits/3",
        ),
        "sound:vm-tocancel",
    )
    desk.asterisk.press(call, "1")
    await until(lambda: steps(desk, call)[-1][:2] == ("user", "103"))


async def test_whoever_leaves_the_list_is_back_in_the_menu(desk: Desk) -> None:
    desk.asterisk.world.sound_seconds["sound:vm-tocancel"] = 30.0
    call = await spell(desk, "5", "4", "0", "#")
    await until(lambda: "sound:vm-tocancel" in desk.asterisk.world.channels[call].playing[0].media)
    desk.asterisk.press(call, "#")
    await hears(desk, call, "sound:prompt-main")


async def test_three_names_that_nobody_has_lead_back_to_the_menu(desk: Desk) -> None:
    call = await spell(desk, "9", "9", "9")
    for _ in range(2):
        await hears(desk, call, "sound:dir-nomatch", *ASK)
        desk.asterisk.press(call, "9")
        desk.asterisk.press(call, "99")
    await hears(desk, call, "sound:prompt-main")
    assert desk.asterisk.world.played[-2].media == ("sound:dir-nomatch",)


async def test_nothing_spelled_leads_back_to_the_menu_too(desk: Desk) -> None:
    call = await spell(desk)
    for _ in range(3):
        before = await hears(desk, call, *ASK)
        desk.asterisk.press(call, "#")
        await until(lambda id_=before: desk.asterisk.world.channels[call].playing[0].id != id_)
    await hears(desk, call, "sound:prompt-main")


async def test_a_name_called_from_outside_that_nobody_has_ends_the_call(desk: Desk) -> None:
    acme = desk.plan.tenants[TENANT]
    dids = tuple(replace(each, destination=Destination(K.DIAL_BY_NAME)) for each in acme.dids)
    desk.plan = Plan({TENANT: replace(acme, dids=dids)}, desk.plan.endpoints)
    call = desk.call("trunk-main", "+31201234567")
    for _ in range(3):
        await until(lambda: bool(desk.asterisk.world.channels[call].playing))
        desk.asterisk.press(call, "999")
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason) == ("refused", "invalid_input")
    assert desk.asterisk.world.played[-1].media == ("sound:dir-nomatch", "sound:vm-goodbye")
