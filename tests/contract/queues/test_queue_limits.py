"""What a queue cannot be like, and which field says so."""

import pytest

from orchestrator.db.errors import Taken
from orchestrator.db.session import Database
from orchestrator.errors import Invalid, LimitReached
from orchestrator.queues import service as queue_service
from orchestrator.queues.schemas import QueueCreate, QueuePatch
from orchestrator.queues.service import QueueService
from orchestrator.types import Scope
from tests.contract.queues.bench import agents, patch, queue
from tests.factories.ids import NOBODY
from tests.factories.rows import Employee, add_customer, add_employee


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"agents": [{"user": NOBODY}]}, "body.agents.0.user"),
        ({"managers": [NOBODY]}, "body.managers.0"),
        ({"no_answer": {"kind": "user", "ref": NOBODY}}, "body.no_answer.ref"),
        (
            {"holiday": {"destination": {"kind": "queue", "ref": NOBODY}}},
            "body.holiday.destination.ref",
        ),
        ({"on_break": {"destination": {"kind": "busy"}, "prompt": NOBODY}}, "body.on_break.prompt"),
        ({"greeting": NOBODY}, "body.greeting"),
        ({"comfort_prompts": ["custom/one", NOBODY]}, "body.comfort_prompts.1"),
        ({"music": NOBODY}, "body.music"),
        ({"department": NOBODY}, "body.department"),
    ],
)
async def test_what_a_queue_names_must_be_there(
    service: QueueService, scope: Scope, fields: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await service.create(scope, queue(**fields))
    assert [error.field for error in refused.value.fields] == [field]
    made = await service.create(scope, queue())
    with pytest.raises(Invalid) as refused:
        await service.update(scope, made.id, patch(**fields))
    assert [error.field for error in refused.value.fields] == [field]


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [
        ("ring_seconds", 5, 300),
        ("max_wait_seconds", 0, 86_400),
        ("max_callers", 0, 1000),
        ("wrap_up_seconds", 0, 3600),
        ("sla_seconds", 0, 86_400),
        ("skill_wait_seconds", 0, 86_400),
        ("log_out_after_missed", 0, 100),
        ("announce_seconds", 15, 600),
        ("comfort_seconds", 15, 600),
    ],
)
def test_numbers_have_limits(field: str, least: int, most: int) -> None:
    plain = queue().model_dump()
    for value in (least, most):
        assert getattr(QueueCreate.model_validate({**plain, field: value}), field) == value
    for value in (least - 1, most + 1):
        with pytest.raises(ValueError, match=field):
            QueueCreate.model_validate({**plain, field: value})
        with pytest.raises(ValueError, match=field):
            QueuePatch.model_validate({field: value})


def test_lists_have_limits() -> None:
    many = [str(n) for n in range(401)]
    with pytest.raises(ValueError, match="at most 400"):
        queue(agents=agents(*many))
    with pytest.raises(ValueError, match="at most 400"):
        queue(managers=many)
    with pytest.raises(ValueError, match="at most 10"):
        queue(comfort_prompts=["custom/one"] * 11)
    for skill in (0, 101):
        with pytest.raises(ValueError, match="skill"):
            queue(agents=agents("a", skills=(skill,)))


async def test_people_are_named_once_and_are_of_the_tenant(
    service: QueueService, database: Database, scope: Scope, people: list[Employee]
) -> None:
    ann, bob, _ = [each.user_id for each in people]
    elsewhere = await add_customer(database, "globex")
    stranger = (await add_employee(database, elsewhere, "101")).user_id
    with pytest.raises(Invalid) as refused:
        await service.create(scope, queue(agents=agents(ann, stranger, bob, ann)))
    fields = [error.field for error in refused.value.fields]
    assert fields == ["body.agents.1.user", "body.agents.3.user"]
    with pytest.raises(Invalid) as refused:
        await service.create(scope, queue(managers=[ann, ann, stranger]))
    assert [error.field for error in refused.value.fields] == ["body.managers.1", "body.managers.2"]


async def test_no_number_and_no_name_has_two_owners(
    service: QueueService, scope: Scope, people: list[Employee]
) -> None:
    for number, error in (("101", Taken), ("999", Invalid), ("*4800", Invalid)):
        with pytest.raises(error):
            await service.create(scope, queue(number))
    await service.create(scope, queue("800"))
    with pytest.raises(Taken):
        await service.create(scope, queue("801"))


async def test_a_tenant_has_only_so_many_queues(
    service: QueueService, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_service, "MAX_QUEUES", 1)
    await service.create(scope, queue())
    with pytest.raises(LimitReached):
        await service.create(scope, queue("801", "Second"))
