"""One process of a measurement: keeps a server and a gate per suite and configuration, and replays what it is given."""

import argparse
import asyncio
import json
from pathlib import Path

import configurations
from gates import Engine, Open
from replay import Gate, Run, replay
from server import Server


class Worker:
    def __init__(self, options: argparse.Namespace, out: Path):
        self._options, self._out = options, out
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._servers: dict[str, Server] = {}
        self._gates: dict[tuple[str, str, str], Gate] = {}

    def replay(self, runs: list[Run]) -> list[dict]:
        return [self._loop.run_until_complete(replay(run, self._gate(run))) for run in runs]

    def _gate(self, run: Run) -> Gate:
        key = (run.configuration, run.era, run.suite)
        if key not in self._gates:
            self._gates[key] = self._new_gate(run)
        return self._gates[key]

    def _new_gate(self, run: Run) -> Gate:
        server = self._servers.setdefault(run.suite, Server(run.suite))
        if configurations.SETTINGS[run.configuration] is None:
            return Open(server)
        registry = self._out / "registries" / f"{run.configuration}-{run.suite}.yaml"
        registry.parent.mkdir(parents=True, exist_ok=True)
        document = configurations.with_settings(run.suite, run.configuration)
        registry.write_text(json.dumps(document, indent=1))
        with_prompt = run.configuration in configurations.WITH_PROMPT
        return Engine(server, run.suite, self._options.program, registry, with_prompt)
