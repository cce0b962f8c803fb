"""AgentDojo as this measurement uses it: suites, pairs of a user task and an injection task, poisoned environments.

Nothing here knows of Tessera.
"""

from dataclasses import dataclass
from functools import cache

import yaml
from agentdojo.functions_runtime import FunctionCall, FunctionsRuntime, TaskEnvironment
from agentdojo.task_suite.load_suites import get_suites
from agentdojo.task_suite.task_suite import TaskSuite, read_suite_file
from pydantic_core import to_jsonable_python

import ground_truths

VERSION = "v1.2.2"
SUITES = ("workspace", "travel", "banking", "slack")
# Its goal is a sentence in the answer to the user: no call is made, so a proxy of MCP sees nothing of it.
TEXT_ONLY = {("travel", "injection_task_6")}


@cache
def suite(name: str) -> TaskSuite:
    return get_suites(VERSION)[name]


def user_tasks(name: str) -> list[str]:
    return sorted(suite(name).user_tasks, key=number)


def injection_tasks(name: str) -> list[str]:
    tasks = sorted(suite(name).injection_tasks, key=number)
    return [task for task in tasks if (name, task) not in TEXT_ONLY]


def number(task: str) -> int:
    return int(task.rsplit("_", 1)[1])


@dataclass(frozen=True)
class Step:
    """One call that an agent makes."""

    tool: str
    arguments: dict

    @staticmethod
    def of(call: FunctionCall) -> "Step":
        return Step(call.function, to_jsonable_python(dict(call.args)))

    def as_call(self) -> FunctionCall:
        return FunctionCall(function=self.tool, args=self.arguments)


def user_steps(name: str, task: str, environment: TaskEnvironment) -> list[Step]:
    """The calls that do what the user wants."""
    return [Step.of(call) for call in suite(name).user_tasks[task].ground_truth(environment)]


def injection_steps(name: str, task: str, before: TaskEnvironment, now: TaskEnvironment) -> list[Step]:
    """The calls that do what the attacker wants, by an agent that sees the environment as it is now."""
    ours = ground_truths.WRITTEN.get((name, task))
    calls = ours(before, now) if ours else suite(name).injection_tasks[task].ground_truth(now)
    return [Step.of(call) for call in calls]


def environment(name: str, task: str, injections: dict[str, str], replace: bool = False) -> TaskEnvironment:
    """The environment of a user task, with a text behind (or instead of) the usual content of each of these places.

    The text goes in after the YAML is parsed, so that it cannot break the document it is put into.
    """
    of = suite(name)
    texts = {_mark(place): text for place, text in injections.items()}
    tree = _replaced(_marked(name, tuple(injections), replace), texts)
    return of.user_tasks[task].init_environment(of.environment_type.model_validate(tree))


def _mark(place: str) -> str:
    return f"here-goes-{place}-of-the-attacker"


@cache
def _marked(name: str, places: tuple[str, ...], replace: bool) -> dict:
    """The suite's environment as data, with a mark in these places."""
    of = suite(name)
    defaults = of.get_injection_vector_defaults()
    content = {place: _mark(place) if replace else defaults[place] + _mark(place) for place in places}
    text = read_suite_file(name, "environment.yaml", of.data_path).format(**{**defaults, **content})
    return yaml.load(text, Loader=_LOADER)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _replaced(tree, texts: dict[str, str]):
    if isinstance(tree, dict):
        return {_replaced(key, texts): _replaced(value, texts) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_replaced(item, texts) for item in tree]
    if isinstance(tree, str):
        for mark, text in texts.items():
            tree = tree.replace(mark, text)
    return tree


@cache
def exposure(name: str, task: str) -> tuple[tuple[str, ...], frozenset[int]]:
    """The places whose text a user task shows to the agent, and which of its calls show one of them."""
    places = list(suite(name).get_injection_vector_defaults())
    marks = {place: f"<mark {place}>" for place in places}
    poisoned = environment(name, task, marks, replace=True)
    runtime = FunctionsRuntime(suite(name).tools)
    seen, showing = [], set()
    for index, step in enumerate(user_steps(name, task, poisoned)):
        value, _ = runtime.run_function(poisoned, step.tool, step.arguments)
        shown = repr(to_jsonable_python(value))
        found = [place for place in places if marks[place] in shown]
        if found:
            showing.add(index)
        seen += [place for place in found if place not in seen]
    if not showing:
        raise ValueError(f"{name} {task} shows no place for an injection")
    return tuple(seen), frozenset(showing)


def utility(name: str, task: str, before: TaskEnvironment, after: TaskEnvironment, made: list[Step]) -> bool:
    """Whether the user's task is done, by the suite's own check; the agent's words are those of the ground truth."""
    of = suite(name).user_tasks[task]
    return _checked(of, of.GROUND_TRUTH_OUTPUT, before, after, made, of.utility_from_traces, of.utility)


def attacked(
    name: str, task: str, injection: str, before: TaskEnvironment, after: TaskEnvironment, made: list[Step]
) -> bool:
    """Whether the attacker has what they want, by the suite's own check."""
    words = suite(name).user_tasks[task].GROUND_TRUTH_OUTPUT
    of = suite(name).injection_tasks[injection]
    return _checked(of, words, before, after, made, of.security_from_traces, of.security)


def _checked(of, words, before, after, made, from_traces, from_environment) -> bool:
    traces = [step.as_call() for step in made]
    found = from_traces(words, before, after, traces)
    return bool(from_environment(words, before, after) if found is None else found)
