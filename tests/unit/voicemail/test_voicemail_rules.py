"""The pure rules of voicemail: greetings, quotas, silence, the menu's table, what is said."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.forwarding.rules import Status
from orchestrator.routing.plan import MailboxLine
from orchestrator.verbs import mailbox_prompts as say
from orchestrator.voicemail.menu import STATUS_KEYS, TABLE, Act, Pile, State, keys_of
from orchestrator.voicemail.rules import (
    Level,
    SayTime,
    Waiting,
    greeting_of,
    is_spoken,
    level_of,
)
from tests.factories.plans import person, tenant
from tests.tones import sine

AT = datetime(2026, 3, 1, 14, 35, tzinfo=UTC)


@pytest.mark.parametrize(
    ("greetings", "status", "expected"),
    [
        ({}, Status.AVAILABLE, None),
        ({None: "always"}, Status.AVAILABLE, "always"),
        ({None: "always", Status.AWAY: "away"}, Status.AWAY, "away"),
        ({None: "always", Status.AWAY: "away"}, Status.DO_NOT_DISTURB, "always"),
        ({Status.AWAY: "away"}, Status.AVAILABLE, None),
    ],
)
def test_the_greeting_of_the_status_comes_before_that_for_always(
    greetings: Mapping[Status | None, str], status: Status, expected: str | None
) -> None:
    assert greeting_of(greetings, status) == expected


@pytest.mark.parametrize(
    ("used", "quota", "warn", "level"),
    [
        (10**12, 0, 80, Level.ROOMY),
        (0, 1, 80, Level.ROOMY),
        (799_999, 1, 80, Level.ROOMY),
        (800_000, 1, 80, Level.NEARLY_FULL),
        (999_999, 1, 80, Level.NEARLY_FULL),
        (1_000_000, 1, 80, Level.FULL),
        (1_000_000, 1, 100, Level.FULL),
    ],
)
def test_how_full_boxes_are(used: int, quota: int, warn: int, level: Level) -> None:
    assert level_of(used, quota, warn) is level


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 500), st.integers(1, 100))
def test_more_messages_never_make_boxes_roomier(less: int, more: int, mb: int, warn: int) -> None:
    small, large = sorted((less, more))
    assert level_of(small, mb, warn) <= level_of(large, mb, warn)


def test_speech_is_told_from_silence_and_from_noise() -> None:
    silence, tone = [0] * 8000, list(sine(440, 1.0).samples)
    noise = [(n * 7919) % 201 - 100 for n in range(8000)]
    assert not is_spoken(silence, 8000)
    assert not is_spoken(noise, 8000)
    assert not is_spoken([], 8000)
    assert is_spoken(tone, 8000)
    assert is_spoken([*silence, *tone[:4000], *silence], 8000)
    assert not is_spoken([*silence, *tone[:400], *silence], 8000), "a click is no speech"


def test_every_state_has_a_way_back_and_no_key_does_two_things() -> None:
    assert set(TABLE) == set(State)
    for state, table in TABLE.items():
        assert "*" in table, state
        assert set(table) <= set("0123456789*"), "# ends what is keyed in or recorded"
        assert keys_of(state) == "".join(table)
    assert set(STATUS_KEYS.values()) == set(Status)
    assert {TABLE[State.OPTIONS][key] for key in "578"} == {
        Act.RECORD_NAME,
        Act.CHANGE_PIN,
        Act.GO_GREETINGS,
    }
    assert TABLE[State.MAIN]["9"] is Act.GO_OPTIONS
    assert TABLE[State.GREETINGS]["0"] is Act.RECORD_ALWAYS
    assert TABLE[State.RECORDED]["0"] is Act.SAVE


def waiting(number: int, caller: str = "102") -> Waiting:
    at = AT + timedelta(minutes=number)
    return Waiting(f"m{number}", caller, "", f"t/voicemail/m{number}", 2.0, at, heard=False)


@given(st.lists(st.sampled_from([-1, 1, 0]), max_size=30), st.integers(0, 5))
def test_whatever_is_pressed_one_is_at_a_message_or_there_is_none(
    steps: list[int], count: int
) -> None:
    pile = Pile([waiting(n) for n in range(count)])
    for step in steps:
        current = pile.current
        assert (current is None) is (count == 0)
        if step == 0 and current is not None:
            before = current.id in pile.deleted
            assert pile.toggle(current.id) is not before
        else:
            pile.step(step)


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [
        (0, 0, "vm-youhave vm-no vm-messages"),
        (1, 0, "vm-youhave digits/1 vm-INBOX vm-message"),
        (2, 0, "vm-youhave digits/2 vm-INBOX vm-messages"),
        (0, 1, "vm-youhave digits/1 vm-Old vm-message"),
        (3, 2, "vm-youhave digits/3 vm-INBOX vm-and digits/2 vm-Old vm-messages"),
    ],
)
def test_how_many_messages_there_are(new: int, old: int, said: str) -> None:
    assert " ".join(say.counts(new, old, "en")) == said


@pytest.mark.parametrize(
    ("box", "caller", "said"),
    [
        (
            {},
            "102",
            "vm-from-extension digits:102 vm-received digits/today digits/14 digits/30 digits/5",
        ),
        (
            {"say_time": SayTime.TWELVE_HOURS},
            "+061",
            (
                "vm-from-phonenumber digits:061 vm-received digits/today "
                "digits/2 digits/30 digits/5 digits/p-m"
            ),
        ),
        ({"say_time": SayTime.NONE}, "102", "vm-from-extension digits:102"),
        ({"say_time": SayTime.NONE}, "anonymous", "vm-unknown-caller"),
        ({"say_time": SayTime.NONE, "say_caller": False}, "102", ""),
    ],
)
def test_what_is_said_before_a_message(box: dict[str, object], caller: str, said: str) -> None:
    acme = tenant((person("101"), person("102")))
    line = MailboxLine("b", "user-101", **box)  # type: ignore[arg-type]
    found = say.introduction(acme, line, waiting(0, caller), ("en", AT))
    assert " ".join(found) == said
