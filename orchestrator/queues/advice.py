"""What keeps a queue from working as its administrator may expect. Pure."""

from collections.abc import Sequence

from orchestrator.queues.rules import BY_SKILLS, Strategy

NO_AGENTS = "Nobody serves this queue: its callers go where they go when nobody answers."
NOBODY_LOGGED_IN = (
    "No agent is logged in, to this queue and to all: callers go where they go when nobody answers."
)
ONE_GROUP = "All agents have the same skill: there is only one group to choose from."
SKILLS_IDLE = "Skills count only with a strategy by skills."


def warnings_of(strategy: Strategy, skills: Sequence[int], logged_in: int) -> list[str]:
    """Of a queue whose agents have `skills`, and of whom so many are `logged_in`."""
    if not skills:
        return [NO_AGENTS]
    found = [] if logged_in else [NOBODY_LOGGED_IN]
    one_group = len(set(skills)) == 1
    if strategy in BY_SKILLS and one_group:
        found.append(ONE_GROUP)
    if strategy not in BY_SKILLS and not one_group:
        found.append(SKILLS_IDLE)
    return found
