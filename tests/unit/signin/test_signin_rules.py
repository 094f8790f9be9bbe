"""Pure rules of sign-in."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.signin.rules import Attempts, hash_token, new_token


def test_tokens_are_long_and_kept_as_hashes() -> None:
    token = new_token()
    assert len(token) >= 43
    assert token not in hash_token(token)
    assert len(hash_token(token)) == 64


def test_a_key_waits_until_its_oldest_failure_leaves_the_window() -> None:
    tries = Attempts(limit=3, window=100)
    key = ("ada@example.org", "192.0.2.1")
    for now in (0.0, 10.0, 20.0):
        assert tries.wait(key, now) == 0
        tries.failed(key, now)
    assert tries.wait(key, 30.0) == 70
    assert tries.wait(("ada@example.org", "192.0.2.2"), 30.0) == 0
    assert tries.wait(key, 100.0) == 0


def test_success_forgets_the_failures() -> None:
    tries = Attempts(limit=1, window=100)
    tries.failed(("a",), 0)
    tries.succeeded(("a",))
    assert tries.wait(("a",), 1) == 0


@given(st.lists(st.integers(0, 50), max_size=200))
def test_memory_is_bounded(keys: list[int]) -> None:
    tries = Attempts(limit=2, window=10, capacity=5)
    for now, key in enumerate(keys):
        tries.failed((str(key),), float(now))
        assert tries.wait((str(key),), float(now)) <= 10
    assert len(tries) <= 5
