"""What counts in a queue since its statistics were reset. Pure.

Strategies read it (least talk time, fewest answered, round robin), and so does who watches.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Count:
    """The calls of one agent in one queue, and the seconds of talk."""

    answered: int = 0
    talk_seconds: float = 0.0


@dataclass(slots=True)
class Book:
    """What counts in one queue since `since`; `last`: the agent (id) who answered last. `talks`:
    calls that are over. Callers who gave up count for the waits too."""

    since: float
    last: str = ""
    agents: dict[str, Count] = field(default_factory=dict)
    served: int = 0
    abandoned: int = 0
    waited_seconds: float = 0.0
    longest_wait_seconds: float = 0.0
    talk_seconds: float = 0.0
    talks: int = 0

    def of(self, agent: str) -> Count:
        """The count of one agent; what is written there counts."""
        return self.agents.setdefault(agent, Count())

    def was_served(self, waited: float) -> None:
        """A caller talks, after so many seconds."""
        self.served += 1
        self._waited(waited)

    def gave_up(self, waited: float) -> None:
        """A caller left unserved, after so many seconds."""
        self.abandoned += 1
        self._waited(waited)

    def answered(self, agent: str) -> None:
        """It was `agent` who took the call."""
        self.last = agent
        self.of(agent).answered += 1

    def talked(self, agent: str, seconds: float) -> None:
        """A call that `agent` took is over."""
        self.of(agent).talk_seconds += max(seconds, 0.0)
        self.talk_seconds += max(seconds, 0.0)
        self.talks += 1

    def add(self, before: "Book") -> None:
        """Count what was counted earlier too."""
        for agent, count in before.agents.items():
            self.of(agent).answered += count.answered
            self.of(agent).talk_seconds += count.talk_seconds
        self.last = self.last or before.last
        self.served += before.served
        self.abandoned += before.abandoned
        self.waited_seconds += before.waited_seconds
        self.longest_wait_seconds = max(self.longest_wait_seconds, before.longest_wait_seconds)
        self.talk_seconds += before.talk_seconds
        self.talks += before.talks

    @property
    def mean_talk(self) -> float:
        """Seconds of the mean call; 0.0: there was none."""
        return self.talk_seconds / self.talks if self.talks else 0.0

    def _waited(self, seconds: float) -> None:
        # The wall clock may have jumped.
        self.waited_seconds += max(seconds, 0.0)
        self.longest_wait_seconds = max(self.longest_wait_seconds, seconds)
