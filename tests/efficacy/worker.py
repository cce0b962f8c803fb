"""One process of a measurement: keeps a server per suite and a gate per configuration, and replays what it is given."""

import argparse
import asyncio
import json
from pathlib import Path

import configurations
from gates import Engine, Open
from proxy import Proxied, Proxy, Servers
from replay import Gate, Run, replay
from server import Server


class Worker:
    """`number` tells it from the others; `proxy` is the running Envoy, or `None` where the engine is asked itself."""

    def __init__(self, options: argparse.Namespace, out: Path, number: int, proxy: Proxy | None):
        self._options, self._out, self._number, self._proxy = options, out, number, proxy
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._servers = {suite: Server(suite) for suite in configurations.SUITES}
        self._gates: dict[tuple[str, str, str], Gate] = {}
        if proxy is not None:
            self._loop.run_until_complete(Servers(self._servers, proxy, number).start())

    def replay(self, runs: list[Run]) -> list[dict]:
        return [self._loop.run_until_complete(replay(run, self._gate(run))) for run in runs]

    def _gate(self, run: Run) -> Gate:
        key = (run.configuration, run.era, run.suite)
        if key not in self._gates:
            self._gates[key] = self._new_gate(run)
        return self._gates[key]

    def _new_gate(self, run: Run) -> Gate:
        server = self._servers[run.suite]
        with_prompt = run.configuration in configurations.WITH_PROMPT
        if self._proxy is not None:
            url = self._proxy.url(run.configuration, self._number, run.suite)
            return Proxied(server, url, run.era, self._proxy.host_key, with_prompt)
        document = configurations.document(run.configuration)
        if document is None:
            return Open(server)
        registry = self._out / "registries" / f"{run.configuration}-{self._number}.yaml"
        registry.parent.mkdir(parents=True, exist_ok=True)
        registry.write_text(json.dumps(document, indent=1))
        return Engine(server, run.suite, self._options.program, registry, with_prompt)
