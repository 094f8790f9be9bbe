"""The menu of a box as a table: in which state which key does what. Pure.

    state      key  what happens                    state      key  what happens
    ---------  ---  ------------------------------  ---------  ---  ---------------------------
    main       1    hear the new messages           options    5    record the spoken name
               2    hear the old messages                      7    change the PIN
               4    the next of one's boxes                    8    greetings
               9    options                                    *    main
               *    good-bye                        greetings  0    record the greeting for always
    messages   3    call back who left it                      1-5  choose a status
               4    the message before                         *    options
               5    hear it again                   greeting   0    record a new one
               6    the next message                           2    hear the present one
               7    delete it, or bring it back                7    delete it
               8    copy it into another box                   *    greetings
               *    main                            recorded   0    save it
                                                               2    hear it
                                                               3    record it again
                                                               *    give it up

While something is recorded, `#` ends it. The keys 4 to 8 are those that Asterisk's own recordings
for voicemail name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from orchestrator.forwarding.rules import Status
from orchestrator.voicemail.rules import Waiting


class State(StrEnum):
    MAIN = "main"
    MESSAGES = "messages"
    OPTIONS = "options"
    GREETINGS = "greetings"
    GREETING = "greeting"
    RECORDED = "recorded"


class Act(StrEnum):
    """What a key does."""

    HEAR_NEW = "hear_new"
    HEAR_OLD = "hear_old"
    NEXT_BOX = "next_box"
    GO_OPTIONS = "go_options"
    GOODBYE = "goodbye"
    CALL_BACK = "call_back"
    PREVIOUS = "previous"
    REPEAT = "repeat"
    NEXT = "next"
    DELETE = "delete"
    FORWARD = "forward"
    GO_MAIN = "go_main"
    RECORD_NAME = "record_name"
    CHANGE_PIN = "change_pin"
    GO_GREETINGS = "go_greetings"
    RECORD_ALWAYS = "record_always"
    CHOOSE_STATUS = "choose_status"
    RECORD_GREETING = "record_greeting"
    HEAR_GREETING = "hear_greeting"
    DROP_GREETING = "drop_greeting"
    SAVE = "save"
    HEAR_RECORDED = "hear_recorded"
    AGAIN = "again"
    GIVE_UP = "give_up"


STATUS_KEYS = {
    "1": Status.AVAILABLE,
    "2": Status.AWAY,
    "3": Status.DO_NOT_DISTURB,
    "4": Status.CUSTOM_AVAILABLE,
    "5": Status.CUSTOM_AWAY,
}

TABLE: Mapping[State, Mapping[str, Act]] = {
    State.MAIN: {
        "1": Act.HEAR_NEW,
        "2": Act.HEAR_OLD,
        "4": Act.NEXT_BOX,
        "9": Act.GO_OPTIONS,
        "*": Act.GOODBYE,
    },
    State.MESSAGES: {
        "3": Act.CALL_BACK,
        "4": Act.PREVIOUS,
        "5": Act.REPEAT,
        "6": Act.NEXT,
        "7": Act.DELETE,
        "8": Act.FORWARD,
        "*": Act.GO_MAIN,
    },
    State.OPTIONS: {
        "5": Act.RECORD_NAME,
        "7": Act.CHANGE_PIN,
        "8": Act.GO_GREETINGS,
        "*": Act.GO_MAIN,
    },
    State.GREETINGS: {
        "0": Act.RECORD_ALWAYS,
        **dict.fromkeys(STATUS_KEYS, Act.CHOOSE_STATUS),
        "*": Act.GO_OPTIONS,
    },
    State.GREETING: {
        "0": Act.RECORD_GREETING,
        "2": Act.HEAR_GREETING,
        "7": Act.DROP_GREETING,
        "*": Act.GO_GREETINGS,
    },
    State.RECORDED: {
        "0": Act.SAVE,
        "2": Act.HEAR_RECORDED,
        "3": Act.AGAIN,
        "*": Act.GIVE_UP,
    },
}


def keys_of(state: State) -> str:
    """The keys that do something in `state`."""
    return "".join(TABLE[state])


@dataclass(slots=True)
class Pile:
    """The messages that are heard one after the other, and where one is. `deleted` go once the
    box is left; until then they can be brought back."""

    messages: Sequence[Waiting] = ()
    place: int = 0
    deleted: set[str] = field(default_factory=set)

    @property
    def current(self) -> Waiting | None:
        """The message at hand; None behind the last one, and when there are none."""
        return self.messages[self.place] if self.place < len(self.messages) else None

    def step(self, by: int) -> bool:
        """Go to another message; False when there is none: then one stays."""
        there = 0 <= self.place + by < len(self.messages)
        if there:
            self.place += by
        return there

    def toggle(self, message: str) -> bool:
        """Delete a message, or bring it back; whether it is deleted now."""
        self.deleted ^= {message}
        return message in self.deleted
