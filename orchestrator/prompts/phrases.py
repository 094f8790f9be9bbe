"""Everything that callers hear from us in words, as a catalogue. Pure.

A phrase is the name of a built-in sound, and carries what the sound says: so that a language
without recordings can be spoken by a machine (`prompts/sets.py`), and that people see what there
is. Most names are those of Asterisk's core sounds, whose English recordings we use; what they
lack is spoken in English too.

To add one, write a member with its texts; nothing else is needed.
"""

from enum import StrEnum


class Phrase(StrEnum):
    """`NAME = sound, English, Dutch`. Without texts it is a tone, the same in all languages.

    Texts that begin or end with "..." are said together with others.
    """

    english: str
    dutch: str

    def __new__(cls, sound: str, english: str = "", dutch: str = "") -> "Phrase":
        member = str.__new__(cls, sound)
        member._value_ = sound
        member.english = english
        member.dutch = dutch
        return member

    def text(self, language: str) -> str:
        """What is said in `language` (`nl`, `nl-BE`); empty when we have no words for it."""
        return {"en": self.english, "nl": self.dutch}.get(language[:2].lower(), "")

    # Tones
    BEEP = "beep"
    ERROR_BEEP = "beeperr"
    JOINED = "confbridge-join"
    LEFT = "confbridge-leave"
    PAUSE = "silence/3"

    # Numbers that lead nowhere
    CANNOT_COMPLETE = (
        "cannot-complete-as-dialed",
        "Your call cannot be completed as dialed.",
        "Uw oproep kan niet worden uitgevoerd.",
    )
    INVALID_EXTENSION = (
        "pbx-invalid",
        "I am sorry, that's not a valid extension. Please try again.",
        "Dit toestelnummer is niet geldig. Probeer het opnieuw.",
    )
    INVALID_OPTION = (
        "pm-invalid-option",
        "That option is invalid. Please try again.",
        "Deze keuze is niet geldig. Probeer het opnieuw.",
    )
    NOT_UNDERSTOOD = (
        "vm-sorry",
        "I'm sorry, I did not understand your response.",
        "Sorry, ik heb uw keuze niet begrepen.",
    )
    NOT_AVAILABLE = (
        "feature-not-avail-line",
        "That feature is not available on this line.",
        "Deze functie is niet beschikbaar.",
    )
    TRY_AGAIN = "please-try-again", "Please try again.", "Probeer het opnieuw."
    SORRY = "im-sorry", "I'm sorry.", "Het spijt me."
    CALL_LATER = (
        "please-try-call-later",
        "Please try your call again later.",
        "Probeer het later nog eens.",
    )
    TRANSFERRING = (
        "pbx-transfer",
        "Please hold while I try that extension.",
        "Een ogenblik, u wordt doorverbonden.",
    )
    ONE_MOMENT = "one-moment-please", "One moment, please.", "Een ogenblik, alstublieft."
    TO_CALL_THIS = "to-call-this-number", "To call this number...", "Om dit nummer te bellen..."
    PRESS_CODE = "vm-press", "press", "toets"
    VM_GOODBYE = "vm-goodbye", "Goodbye.", "Tot ziens."
    GOODBYE = "goodbye", "Goodbye!", "Tot ziens!"
    THANK_YOU = "auth-thankyou", "Thank you.", "Dank u wel."

    # Dial codes
    ACTIVATED = "activated", "Activated.", "Ingeschakeld."
    DEACTIVATED = "de-activated", "De-activated.", "Uitgeschakeld."
    CANCELLED = "cancelled", "Cancelled.", "Geannuleerd."
    ADDED = "added", "Added.", "Toegevoegd."
    DO_NOT_DISTURB = "do-not-disturb", "Do not disturb.", "Niet storen."
    EXTENSION = "extension", "Extension.", "Toestel."
    IS_SET_TO = "is-set-to", "is set to", "is ingesteld op"
    HOURS = "hours", "hours", "Openingstijden."
    LOGGED_IN = "agent-loginok", "Agent logged in.", "U bent aangemeld."
    LOGGED_OFF = "agent-loggedoff", "Agent logged off.", "U bent afgemeld."

    # Calls for help
    URGENT = "vm-Urgent", "urgent", "Dringend."
    CALL_FROM = "followme/call-from", "incoming call from", "Oproep van"
    AT_EXTENSION = "vm-extension", "extension", "toestel"
    CALLING = "calling", "Calling.", "belt"

    # Calls that are offered
    INCOMING_CALL = "followme/no-recording", "You have an incoming call.", "U hebt een oproep."
    ACCEPT_OR_REJECT = (
        "followme/options",
        "Press 1 to accept this call, or 2 to reject it.",
        "Druk 1 om deze oproep aan te nemen, of 2 om hem te weigeren.",
    )
    SAY_YOUR_NAME = (
        "priv-recordintro",
        "At the tone, please say your name.",
        "Spreek na de toon uw naam in.",
    )
    CONNECTING = (
        "priv-introsaved",
        "Thank you. Please hold, while I attempt to connect you with your party!",
        "Dank u. Een ogenblik, ik probeer u te verbinden.",
    )
    CALLER_IS = (
        "priv-callpending",
        "I have a caller waiting, who introduces themselves as:",
        "Er is een oproep van:",
    )

    # Parking
    NOTHING_PARKED = (
        "pbx-invalidpark",
        "I am sorry, there is no call parked on that extension. Please try again.",
        "Er staat geen oproep op deze parkeerplaats. Probeer het opnieuw.",
    )
    PARKING_FAILED = (
        "pbx-parkingfailed",
        "Parking attempt failed.",
        "De oproep kon niet worden geparkeerd.",
    )

    # Conference rooms
    ROOM_PIN = (
        "conf-getpin",
        "Please enter the conference pin number.",
        "Toets de pincode van de vergadering in.",
    )
    ROOM_PIN_WRONG = (
        "conf-invalidpin",
        "That pin is invalid for this conference.",
        "Deze pincode is niet geldig voor deze vergadering.",
    )
    ROOM_FULL = "conf-full", "That conference is full.", "De vergadering is vol."
    ALONE_IN_ROOM = (
        "conf-onlyperson",
        "You are currently the only person in this conference.",
        "U bent op dit moment de enige deelnemer.",
    )

    # PINs
    ASK_PIN = (
        "agent-pass",
        "Please enter your password followed by the pound key.",
        "Toets uw pincode in, gevolgd door het hekje.",
    )
    ASK_PIN_AGAIN = (
        "auth-incorrect",
        "Password incorrect. Please enter your password followed by the pound key.",
        "De pincode is onjuist. Toets uw pincode in, gevolgd door het hekje.",
    )
    PIN_WRONG = "vm-incorrect", "Login incorrect.", "De pincode is onjuist."

    # Voicemail: callers
    PERSON_AT_EXTENSION = (
        "vm-theperson",
        "The person at extension...",
        "De gebruiker van toestel...",
    )
    IS_UNAVAILABLE = "vm-isunavail", "...is unavailable.", "is niet bereikbaar."
    IS_ON_THE_PHONE = "vm-isonphone", "...is on the phone.", "is in gesprek."
    NOBODY_AVAILABLE = (
        "vm-nobodyavail",
        "Nobody is available to take your call at the moment.",
        "Er is op dit moment niemand bereikbaar.",
    )
    LEAVE_MESSAGE = (
        "vm-intro",
        "Please leave your message after the tone. When done, hang up or press the pound key.",
        "Spreek na de toon uw bericht in. Hang op of druk op het hekje als u klaar bent.",
    )
    BOX_FULL = (
        "vm-mailboxfull",
        "Sorry, but the user's mailbox can't accept more messages.",
        "Sorry, deze voicemail is vol.",
    )
    TOO_SHORT = "vm-tooshort", "Your message is too short.", "Uw bericht is te kort."
    MESSAGE_SAVED = (
        "vm-msgsaved",
        "Your message has been saved.",
        "Uw bericht is opgeslagen.",
    )
    REACH_OPERATOR = (
        "vm-reachoper",
        "Press 0 to reach an operator.",
        "Druk 0 voor een medewerker.",
    )
    REVIEW_RECORDING = (
        "vm-review",
        "Press 1 to accept this recording. Press 2 to listen to it. Press 3 to rerecord it.",
        "Druk 1 om de opname te bewaren, 2 om haar te beluisteren, 3 om opnieuw op te nemen.",
    )

    # Voicemail: the owner of the box
    YOU_HAVE = "vm-youhave", "You have...", "U hebt..."
    NONE = "vm-no", "no", "geen"
    NEW = "vm-INBOX", "new", "nieuwe"
    OLD = "vm-Old", "old", "oude"
    AND = "vm-and", "and", "en"
    MESSAGE = "vm-message", "message", "bericht"
    MESSAGES = "vm-messages", "messages", "berichten"
    FIRST = "vm-first", "first", "eerste"
    LAST = "vm-last", "last", "laatste"
    NO_MORE_MESSAGES = "vm-nomore", "No more messages.", "Geen berichten meer."
    RECEIVED = "vm-received", "received", "ontvangen"
    DURATION = "vm-duration", "This message lasts...", "Dit bericht duurt..."
    FROM_EXTENSION = (
        "vm-from-extension",
        "message from extension",
        "bericht van toestel",
    )
    FROM_NUMBER = "vm-from-phonenumber", "message from phone number", "bericht van nummer"
    FROM_UNKNOWN = (
        "vm-unknown-caller",
        "from an unknown caller",
        "van een onbekende beller",
    )
    DELETED = "vm-deleted", "Message deleted.", "Bericht gewist."
    UNDELETED = "vm-undeleted", "Message undeleted.", "Bericht hersteld."
    NEW_PIN = (
        "vm-newpassword",
        "Please enter your new password followed by the pound key.",
        "Toets uw nieuwe pincode in, gevolgd door het hekje.",
    )
    NEW_PIN_AGAIN = (
        "vm-reenterpassword",
        "Please re-enter your password followed by the pound key.",
        "Toets uw pincode nog eens in, gevolgd door het hekje.",
    )
    PINS_DIFFER = (
        "vm-mismatch",
        "The passwords you entered and re-entered did not match. Please try again.",
        "De pincodes zijn niet gelijk. Probeer het opnieuw.",
    )
    PIN_CHANGED = (
        "vm-passchanged",
        "Your passwords have been changed.",
        "Uw pincode is gewijzigd.",
    )

    NO_BOX = "vm-nobox", "There is no voicemail here.", "Hier is geen voicemail."
    EARLIER_MESSAGE = (
        "vm-prev",
        "Press 4 for the previous message.",
        "Druk 4 voor het vorige bericht.",
    )
    REPEAT_MESSAGE = (
        "vm-repeat",
        "Press 5 to repeat the current message.",
        "Druk 5 om dit bericht nog eens te horen.",
    )
    NEXT_MESSAGE = (
        "vm-next",
        "Press 6 to play the next message.",
        "Druk 6 voor het volgende bericht.",
    )
    DELETE_MESSAGE = (
        "vm-delete",
        "Press 7 to delete this message.",
        "Druk 7 om dit bericht te wissen.",
    )
    UNDELETE_MESSAGE = (
        "vm-undelete",
        "Press 7 to undelete this message.",
        "Druk 7 om dit bericht te herstellen.",
    )
    FORWARD_MESSAGE = (
        "vm-toforward",
        "Press 8 to forward the message to another user.",
        "Druk 8 om dit bericht door te sturen.",
    )
    CALL_BACK = (
        "voicemail-call-back",
        "Press 3 to call back.",
        "Druk 3 om terug te bellen.",
    )
    STAR_BACK = (
        "voicemail-star-back",
        "Press star to go back.",
        "Druk op het sterretje om terug te gaan.",
    )
    BOX_MENU = (
        "voicemail-menu",
        "Press 1 for your new messages, 2 for your old messages, or 9 for options.",
        "Druk 1 voor nieuwe berichten, 2 voor oude berichten, of 9 voor instellingen.",
    )
    OTHER_BOX = (
        "voicemail-other-box",
        "Press 4 for your next mailbox.",
        "Druk 4 voor uw volgende voicemail.",
    )
    BOX_OPTIONS = (
        "voicemail-options",
        "Press 5 to record your name, 7 to change your PIN, or 8 for your greetings.",
        "Druk 5 om uw naam in te spreken, 7 om uw pincode te wijzigen, 8 voor uw begroetingen.",
    )
    GREETINGS_MENU = (
        "voicemail-greetings",
        "Press 0 for your greeting, 1 for available, 2 away, 3 do not disturb, 4 and 5 for others.",
        "Druk 0 voor uw begroeting, 1 voor beschikbaar, 2 afwezig, 3 niet storen, 4 en 5 overig.",
    )
    GREETING_MENU = (
        "voicemail-greeting",
        "Press 0 to record a new greeting, 2 to hear it, or 7 to delete it.",
        "Druk 0 om een nieuwe begroeting in te spreken, 2 om haar te horen, 7 om haar te wissen.",
    )
    NO_GREETING = (
        "voicemail-no-greeting",
        "There is no greeting for this status.",
        "Er is geen begroeting voor deze status.",
    )
    GREETING_DELETED = (
        "voicemail-greeting-deleted",
        "The greeting is deleted.",
        "De begroeting is gewist.",
    )
    SAVE_RECORDING = (
        "voicemail-save",
        "Press 0 to save it, 2 to listen to it, 3 to record it again, or star to give it up.",
        "Druk 0 om op te slaan, 2 om te luisteren, 3 om opnieuw op te nemen, of het sterretje.",
    )
    ASK_EXTENSION = (
        "voicemail-extension",
        "Key in the extension, followed by the pound key.",
        "Toets het toestelnummer in, gevolgd door het hekje.",
    )
    MESSAGE_FORWARDED = (
        "vm-msgforwarded",
        "Your message has been forwarded.",
        "Het bericht is doorgestuurd.",
    )
    PIN_TOO_EASY = (
        "voicemail-pin-too-easy",
        "This PIN is too easy to guess, or it has less than 4 digits.",
        "Deze pincode is te makkelijk te raden, of heeft minder dan 4 cijfers.",
    )
    BAD_EXTENSION = (
        "voicemail-bad-extension",
        "There is no such mailbox.",
        "Deze voicemail is er niet.",
    )

    # Names on the keypad
    DIRECTORY = "dir-welcome", "Welcome to the directory.", "Welkom bij de namenlijst."
    ENTER_FIRST = "dir-pls-enter", "Please enter the first...", "Toets de eerste..."
    OF_FIRST_NAME = (
        "dir-first",
        "...letters of your party's first name.",
        "letters van de voornaam in.",
    )
    OF_LAST_NAME = (
        "dir-last",
        "...letters of your party's last name.",
        "letters van de achternaam in.",
    )
    OF_EITHER_NAME = (
        "dir-firstlast",
        "...letters of your party's first or last name.",
        "letters van de voornaam of achternaam in.",
    )
    USING_KEYPAD = (
        "dir-usingkeypad",
        "...using your touchtone keypad. Use the 7 key for Q, and the 9 key for Z.",
        "met de toetsen van uw telefoon. De Q staat op de 7, de Z op de 9.",
    )
    NO_SUCH_NAME = (
        "dir-nomatch",
        "No directory entries match your search.",
        "Er is niemand met deze naam.",
    )
    NO_MORE_NAMES = (
        "dir-nomore",
        "There are no more compatible entries in the directory.",
        "Er zijn geen andere namen.",
    )
    PRESS = "dir-multi1", "Press...", "Druk..."
    FOR = "dir-multi2", "...for...", "voor..."
    OR_POUND_TO_CANCEL = "vm-tocancel", "...or pound to cancel.", "of het hekje om te annuleren."
    WHICH_NUMBER = (
        "vm-enter-num-to-call",
        "Please enter the number you wish to call.",
        "Toets het nummer dat u wilt bellen.",
    )

    # Recording by phone
    RECORD_NOW = (
        "record-now",
        "Speak after the tone. Press the pound key when you are done.",
        "Spreek na de toon. Druk op het hekje als u klaar bent.",
    )
    RECORD_AFTER_TONE = (
        "vm-rec-temp",
        "After the tone say your temporary message and then press the pound key.",
        "Spreek na de toon uw tijdelijke boodschap in en druk op het hekje.",
    )
    IF_CORRECT = "if-correct-press", "If this is correct, press...", "Als dit goed is, druk..."
    TO_RECORD_AGAIN = "to-rerecord-it", "...to rerecord it.", "om opnieuw op te nemen."

    # Words around numbers, see `saying.py`
    ONE_HOUR = "hour", "hour", "uur"
    SOME_HOURS = "said-hours", "hours", "uur"
    ONE_MINUTE = "minute", "minute", "minuut"
    SOME_MINUTES = "minutes", "minutes", "minuten"
    ONE_SECOND = "second", "second", "seconde"
    SOME_SECONDS = "seconds", "seconds", "seconden"
