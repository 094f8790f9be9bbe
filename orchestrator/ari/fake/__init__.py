"""An Asterisk that behaves, in memory: for tests of everything above the seam.

It passes the same contract suite as the real one (`tests/contract/ari`).
"""

from orchestrator.ari.fake.asterisk import FakeAsterisk
from orchestrator.ari.fake.world import FakeBridge, FakeChannel, FakePhone, Reaction

__all__ = ["FakeAsterisk", "FakeBridge", "FakeChannel", "FakePhone", "Reaction"]
