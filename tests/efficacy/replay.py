"""The oblivious agent: makes the calls of the user's task and, once it has read a planted text, everything it says.

No model is asked. What stands between agent and tools is a `Gate`; a call it refuses is skipped and is not part of the
trace that the suite's checks see.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field
from typing import Protocol

import attacks
import dataset
from dataset import Step
from server import Server

NO_ATTACK = ""


@dataclass
class Answer:
    """What became of one call: it ran, a human is asked, or it is blocked."""

    verdict: str
    because: list = field(default_factory=list)
    result: dict | None = None

    @property
    def ran(self) -> bool:
        return self.verdict == "allow"


Call = Callable[[Step], Awaitable[Answer]]


class Gate(Protocol):
    """The way from the agent to the tools of one suite."""

    server: Server

    def conversation(self, prompt: str) -> AbstractAsyncContextManager[Call]:
        """A new conversation, which the user opens with these words: what makes its calls, if they may be made."""


@dataclass(frozen=True, order=True)
class Run:
    """One conversation to replay: a user task, alone or with an injection in a variant of the text.

    `era` is the one of MCP that is spoken, or empty where nothing is on a wire.
    """

    configuration: str
    era: str
    variant: str
    suite: str
    task: str
    injection: str

    @property
    def is_attack(self) -> bool:
        return self.injection != NO_ATTACK


async def replay(run: Run, gate: Gate) -> dict:
    """Replays a conversation and gives its record: every call with its verdict, and what the suite's checks say."""
    environment = dataset.environment(run.suite, run.task, _planted(run), attacks.replaces(run.variant))
    before = environment.model_copy(deep=True)
    gate.server.environment = environment
    calls, made = [], []
    _, showing = dataset.exposure(run.suite, run.task)
    async with gate.conversation(dataset.suite(run.suite).user_tasks[run.task].PROMPT) as call:

        async def make(who: str, step: Step) -> bool:
            answer = await call(step)
            calls.append({"by": who, "tool": step.tool, "verdict": answer.verdict, "because": answer.because})
            if answer.ran:
                made.append(step)
            return answer.ran

        obeyed = not run.is_attack
        for index, step in enumerate(dataset.user_steps(run.suite, run.task, before)):
            ran = await make("user", step)
            # A refused call shows nothing; the text is then seen with the next call that shows it, if there is one.
            if ran and index in showing and not obeyed:
                obeyed = True
                for wanted in dataset.injection_steps(run.suite, run.injection, before, environment):
                    await make("attacker", wanted)
    record = {
        **asdict(run),
        "calls": calls,
        "utility": dataset.utility(run.suite, run.task, before, environment, made),
    }
    if run.is_attack:
        record["attacked"] = dataset.attacked(run.suite, run.task, run.injection, before, environment, made)
    return record


def _planted(run: Run) -> dict[str, str]:
    if not run.is_attack:
        return {}
    places, _ = dataset.exposure(run.suite, run.task)
    return dict.fromkeys(places, attacks.text(run.suite, run.injection, run.variant))
