"""What a caller is told when nobody answered."""

import pytest

from orchestrator.calls.verdict import Cause, Outcome, Reason, unanswered


@pytest.mark.parametrize(
    ("causes", "reason", "told"),
    [
        pytest.param([17], Reason.BUSY, Cause.BUSY, id="busy"),
        pytest.param([20], Reason.NOT_REGISTERED, Cause.ABSENT, id="no-contact"),
        pytest.param([20, 17], Reason.BUSY, Cause.BUSY, id="one-busy-one-away"),
        pytest.param([17, 21], Reason.DECLINED, Cause.BUSY, id="declined-beats-busy"),
        pytest.param([19, 20], Reason.NO_ANSWER, Cause.NO_ANSWER, id="rang-out"),
        pytest.param([58], Reason.NOT_REGISTERED, Cause.ABSENT, id="no-common-codec"),
        pytest.param([], Reason.NOT_REGISTERED, Cause.ABSENT, id="no-device-at-all"),
    ],
)
def test_the_strongest_reason_is_told(causes: list[int], reason: Reason, told: Cause) -> None:
    verdict = unanswered(causes)
    assert (verdict.reason, verdict.cause) == (reason, told)
    assert verdict.outcome is not Outcome.ANSWERED
