"""Everything that callers hear from us in words, as a catalogue. Pure.

A phrase is the name of a built-in sound. What it says is in `phrases.csv`, a column for each
language that we have words of our own for: so that a language without recordings can be spoken by a
machine (`prompts/sets.py`), and that people see what there is. Most names are those of Asterisk's
core sounds, whose English recordings we use; what they lack is spoken in English too.

To add one, write a member and its row; to add a language, write its column.
"""

import csv
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Phrase(StrEnum):
    """`NAME = sound`. Without a row in `phrases.csv` it is a tone, the same in all languages.

    Texts that begin or end with "..." are said together with others.
    """

    def text(self, language: str) -> str:
        """What is said in `language` (`nl`, `nl-BE`); empty when we have no words for it."""
        return _rows().get(self.value, {}).get(language[:2].lower(), "")

    # Tones
    BEEP = "beep"
    ERROR_BEEP = "beeperr"
    JOINED = "confbridge-join"
    LEFT = "confbridge-leave"
    PAUSE = "silence/3"

    # Numbers that lead nowhere
    CANNOT_COMPLETE = "cannot-complete-as-dialed"
    INVALID_EXTENSION = "pbx-invalid"
    INVALID_OPTION = "pm-invalid-option"
    NOT_UNDERSTOOD = "vm-sorry"
    NOT_AVAILABLE = "feature-not-avail-line"
    TRY_AGAIN = "please-try-again"
    SORRY = "im-sorry"
    CALL_LATER = "please-try-call-later"
    TRANSFERRING = "pbx-transfer"
    ONE_MOMENT = "one-moment-please"
    TO_CALL_THIS = "to-call-this-number"
    PRESS_CODE = "vm-press"
    VM_GOODBYE = "vm-goodbye"
    GOODBYE = "goodbye"
    THANK_YOU = "auth-thankyou"

    # Dial codes
    ACTIVATED = "activated"
    DEACTIVATED = "de-activated"
    CANCELLED = "cancelled"
    ADDED = "added"
    DO_NOT_DISTURB = "do-not-disturb"
    EXTENSION = "extension"
    IS_SET_TO = "is-set-to"
    HOURS = "hours"
    LOGGED_IN = "agent-loginok"
    LOGGED_OFF = "agent-loggedoff"
    LOG_IN_FIRST = "hot-desk-log-in"

    # Calls for help
    URGENT = "vm-Urgent"
    CALL_FROM = "followme/call-from"
    AT_EXTENSION = "vm-extension"
    CALLING = "calling"

    # Calls that are offered
    INCOMING_CALL = "followme/no-recording"
    ACCEPT_OR_REJECT = "followme/options"
    SAY_YOUR_NAME = "priv-recordintro"
    CONNECTING = "priv-introsaved"
    CALLER_IS = "priv-callpending"

    # Parking
    NOTHING_PARKED = "pbx-invalidpark"
    PARKING_FAILED = "pbx-parkingfailed"

    # Conference rooms
    ROOM_PIN = "conf-getpin"
    ROOM_PIN_WRONG = "conf-invalidpin"
    ROOM_FULL = "conf-full"
    ALONE_IN_ROOM = "conf-onlyperson"

    # Queues
    QUEUE_POSITION = "queue-thereare"
    QUEUE_BEHIND_NUMBER = "queue-callswaiting"
    QUEUE_YOU_ARE_NEXT = "queue-youarenext"
    QUEUE_EXPECTED_WAIT = "queue-holdtime"
    QUEUE_THANK_YOU = "queue-thankyou"
    QUEUE_ALL_BUSY = "queue-periodic-announce"

    # PINs
    ASK_PIN = "agent-pass"
    ASK_PIN_AGAIN = "auth-incorrect"
    PIN_WRONG = "vm-incorrect"

    # Voicemail: callers
    PERSON_AT_EXTENSION = "vm-theperson"
    IS_UNAVAILABLE = "vm-isunavail"
    IS_ON_THE_PHONE = "vm-isonphone"
    NOBODY_AVAILABLE = "vm-nobodyavail"
    LEAVE_MESSAGE = "vm-intro"
    BOX_FULL = "vm-mailboxfull"
    TOO_SHORT = "vm-tooshort"
    MESSAGE_SAVED = "vm-msgsaved"
    REACH_OPERATOR = "vm-reachoper"
    REVIEW_RECORDING = "vm-review"

    # Voicemail: the owner of the box
    YOU_HAVE = "vm-youhave"
    NONE = "vm-no"
    NEW = "vm-INBOX"
    OLD = "vm-Old"
    AND = "vm-and"
    MESSAGE = "vm-message"
    MESSAGES = "vm-messages"
    FIRST = "vm-first"
    LAST = "vm-last"
    NO_MORE_MESSAGES = "vm-nomore"
    RECEIVED = "vm-received"
    DURATION = "vm-duration"
    FROM_EXTENSION = "vm-from-extension"
    FROM_NUMBER = "vm-from-phonenumber"
    FROM_UNKNOWN = "vm-unknown-caller"
    DELETED = "vm-deleted"
    UNDELETED = "vm-undeleted"
    NEW_PIN = "vm-newpassword"
    NEW_PIN_AGAIN = "vm-reenterpassword"
    PINS_DIFFER = "vm-mismatch"
    PIN_CHANGED = "vm-passchanged"
    NO_BOX = "vm-nobox"
    EARLIER_MESSAGE = "vm-prev"
    REPEAT_MESSAGE = "vm-repeat"
    NEXT_MESSAGE = "vm-next"
    DELETE_MESSAGE = "vm-delete"
    UNDELETE_MESSAGE = "vm-undelete"
    FORWARD_MESSAGE = "vm-toforward"
    CALL_BACK = "voicemail-call-back"
    STAR_BACK = "voicemail-star-back"
    BOX_MENU = "voicemail-menu"
    OTHER_BOX = "voicemail-other-box"
    BOX_OPTIONS = "voicemail-options"
    GREETINGS_MENU = "voicemail-greetings"
    GREETING_MENU = "voicemail-greeting"
    NO_GREETING = "voicemail-no-greeting"
    GREETING_DELETED = "voicemail-greeting-deleted"
    SAVE_RECORDING = "voicemail-save"
    ASK_EXTENSION = "voicemail-extension"
    MESSAGE_FORWARDED = "vm-msgforwarded"
    PIN_TOO_EASY = "voicemail-pin-too-easy"
    BAD_EXTENSION = "voicemail-bad-extension"

    # Names on the keypad
    DIRECTORY = "dir-welcome"
    ENTER_FIRST = "dir-pls-enter"
    OF_FIRST_NAME = "dir-first"
    OF_LAST_NAME = "dir-last"
    OF_EITHER_NAME = "dir-firstlast"
    USING_KEYPAD = "dir-usingkeypad"
    NO_SUCH_NAME = "dir-nomatch"
    NO_MORE_NAMES = "dir-nomore"
    PRESS = "dir-multi1"
    FOR = "dir-multi2"
    OR_POUND_TO_CANCEL = "vm-tocancel"
    WHICH_NUMBER = "vm-enter-num-to-call"

    # Recording by phone
    RECORD_NOW = "record-now"
    RECORD_AFTER_TONE = "vm-rec-temp"
    IF_CORRECT = "if-correct-press"
    TO_RECORD_AGAIN = "to-rerecord-it"

    # Words around numbers, see `saying.py`
    ONE_HOUR = "hour"
    SOME_HOURS = "said-hours"
    ONE_MINUTE = "minute"
    SOME_MINUTES = "minutes"
    ONE_SECOND = "second"
    SOME_SECONDS = "seconds"


@cache
def _rows() -> Mapping[str, Mapping[str, str]]:
    """Sound -> language -> text."""
    text = files(__package__).joinpath("phrases.csv").read_text(encoding="utf-8")
    return {row.pop("sound"): row for row in csv.DictReader(text.splitlines())}
