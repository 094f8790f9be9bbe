"""Prompt sets over HTTP: what callers hear in which language."""

from orchestrator.prompts.phrases import Phrase
from tests.rest import World

PATH = "/tenants/acme/prompt-sets"
OWNER = "system_owner"


async def test_sets_are_counted_by_language(world: World) -> None:
    reply = await world.call(OWNER, "GET", PATH)
    assert reply.status == 200, reply
    sets = {each["language"]: each for each in reply.body["items"]}
    assert {"de", "en", "nl"} <= sets.keys()
    assert sets["nl"]["pack"] == sets["nl"]["spoken"] == 0
    assert sets["nl"]["missing"] > 200
    assert sets["en"]["in_use"] is True
    assert sets["de"]["in_use"] is False


async def test_a_set_says_of_each_sound_what_is_heard(world: World) -> None:
    goodbye, sorry = Phrase.GOODBYE, Phrase.SORRY
    for language, phrase in (("nl", goodbye), ("en", sorry)):
        draft = world.rest.shelf.draft(language)
        draft.write_bytes(b"sound")
        world.rest.shelf.keep(language, phrase.value, phrase.text(language), draft)
    reply = await world.call(OWNER, "GET", f"{PATH}/nl")
    assert reply.status == 200, reply
    assert reply.body["spoken"] == 1
    lines = {each.pop("name"): each for each in reply.body["phrases"]}
    said = {"text": goodbye.text("nl"), "source": "spoken", "heard_in": "nl"}
    assert lines[goodbye.value] == said
    assert lines[sorry.value] == {"text": sorry.text("nl"), "source": "missing", "heard_in": "en"}
    assert lines["digits/25"]["heard_in"] is None


async def test_unknown_languages_and_strangers_are_turned_away(world: World) -> None:
    assert (await world.call(OWNER, "GET", f"{PATH}/xx")).status == 404
    assert (await world.call("user", "GET", PATH)).status == 403
    assert (await world.call("stranger", "GET", PATH)).status == 404
