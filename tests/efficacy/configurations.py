"""What is measured: the configurations of the firewall, the conversations of each, and the registries they run with."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import yaml

import attacks
import dataset
from replay import NO_ATTACK, Run

REGISTRIES = Path(__file__).parent / "registries"
# Which stages of the registries' documents are on; `None`: no trust document at all.
SETTINGS = {
    "none": None,
    "floor": {"flow": "off", "floor": "ask"},
    "flow": {"flow": "ask", "floor": "off"},
    "flow_without_prompt": {"flow": "ask", "floor": "off"},
}
SUITES = dataset.SUITES
WITH_PROMPT = {"floor", "flow"}
# The texts beyond the main one tell something where values are traced.
WITH_VARIANTS = ("flow", "flow_without_prompt")


def registry(suite: str) -> dict:
    return yaml.safe_load((REGISTRIES / f"{suite}.yaml").read_text())


def effects() -> dict[str, dict[str, list[str]]]:
    """What each tool does, per suite."""
    return {
        suite: {tool: row["effects"] for tool, row in registry(suite)["tools"].items()} for suite in dataset.SUITES
    }


def document(configuration: str) -> dict | None:
    """The trust document of a configuration: the registries of all suites, each for the upstream of its name."""
    settings = SETTINGS[configuration]
    if settings is None:
        return None
    written = {suite: registry(suite) for suite in dataset.SUITES}
    return {
        "settings": settings,
        "trusted_values": [value for suite in written.values() for value in suite.get("trusted_values", [])],
        "floor": [scope for suite in written.values() for scope in suite["floor"]],
        "upstreams": {suite: {"tools": of["tools"]} for suite, of in written.items()},
    }


def runs(era: str, variants: bool) -> list[Run]:
    """Every conversation of a full measurement in one era."""
    found = []
    for configuration in SETTINGS:
        texts = attacks.VARIANTS if variants and configuration in WITH_VARIANTS else (attacks.MAIN,)
        for suite in dataset.SUITES:
            for task in dataset.user_tasks(suite):
                found.append(Run(configuration, era, "", suite, task, NO_ATTACK))
                pairs = ((text, injection) for text in texts for injection in dataset.injection_tasks(suite))
                found += [Run(configuration, era, text, suite, task, injection) for text, injection in pairs]
    return found


def sample(all_runs: Iterable[Run], size: int) -> list[Run]:
    """The same few conversations every time: this many of each configuration, era and text, in proportion."""
    rows: dict[tuple, list[Run]] = {}
    for run in all_runs:
        rows.setdefault((run.configuration, run.era, run.variant), []).append(run)
    return [run for row in rows.values() for run in sorted(row, key=_draw)[:size]]


def _draw(run: Run) -> str:
    key = f"{run.suite} {run.task} {run.injection}"
    return hashlib.sha256(key.encode()).hexdigest()
