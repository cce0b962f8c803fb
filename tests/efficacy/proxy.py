"""The suites on the wire: one Envoy with the filter, a listener per configuration, and behind it real MCP servers.

A server runs in the process that replays, so its environment is set and read beside MCP, never through Envoy.
"""

import asyncio
import base64
import json
import os
import socket
import subprocess
import time
import urllib.request
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

import configurations
import prompts
from dataset import Step
from prompts import HostKey
from replay import Answer, Call
from server import Server

_PATIENCE_SECONDS = 30
_PROMPT_KEY = "tessera/prompt"
_DECISION_KEY = "tessera/decision"
_ASKED, _WITHHELD = "Approval required", "Answer withheld"
_DYNAMIC = "type.googleapis.com/envoy.extensions"


class Proxy:
    """A running Envoy and all ports around it."""

    def __init__(self, envoy: Path, wasm: Path, program: Path, out: Path, jobs: int):
        self._process: subprocess.Popen | None = None
        self._envoy, self._out = envoy, out
        secret = os.urandom(32)
        self.host_key = _host_key(program, secret)
        ports = _free_ports(1 + len(configurations.SETTINGS) + jobs * len(configurations.SUITES))
        self._admin = ports.pop()
        self._listeners = {name: ports.pop() for name in configurations.SETTINGS}
        self._servers = {(job, suite): ports.pop() for job in range(jobs) for suite in configurations.SUITES}
        self._written = self._configuration(wasm, base64.b64encode(secret).decode())

    def server_port(self, job: int, suite: str) -> int:
        return self._servers[job, suite]

    def url(self, configuration: str, job: int, suite: str) -> str:
        return f"http://127.0.0.1:{self._listeners[configuration]}{_path(job, suite)}"

    def start(self) -> None:
        """Starts Envoy and waits until it serves."""
        self._out.mkdir(parents=True, exist_ok=True)
        path, log = self._out / "envoy.json", (self._out / "envoy.log").open("w")
        path.touch(mode=0o600)
        path.write_text(json.dumps(self._written))
        command = [self._envoy, "-c", path, "--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"]
        self._process = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + _PATIENCE_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Envoy does not serve: see {log.name}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._admin}/ready", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False

    def _configuration(self, wasm: Path, secret: str) -> dict:
        clusters = [_cluster(_name(*key), port) for key, port in self._servers.items()]
        routes = [_route(_path(*key), _name(*key)) for key in self._servers]
        listeners = [
            _listener(name, port, [_filter(name, self._plugin(name, secret), wasm), _ROUTER], routes)
            for name, port in self._listeners.items()
        ]
        return {
            "admin": {"address": _address(self._admin)},
            "static_resources": {"listeners": listeners, "clusters": clusters},
            "layered_runtime": {
                "layers": [{"name": "all", "static_layer": {"re2.max_program_size.error_level": 1000}}]
            },
        }

    def _plugin(self, configuration: str, secret: str) -> dict:
        document = configurations.document(configuration)
        bundle = {
            "format": "tessera.bundle/1",
            "settings": {"mode": "enforcement", "default_action": "allow", "lockdown": False},
            "policies": [],
        }
        plugin = {
            "upstreams": [{"name": suite, "path_prefix": _path(job, suite)} for job, suite in self._servers],
            "callers": {"anonymous": {"name": prompts.CALLER, "scope": prompts.SCOPE}},
            "bundle": bundle,
        }
        if document is not None:
            bundle["trust"] = document
            plugin["trust"] = {"audience": prompts.AUDIENCE, "keys": [{"id": "k1", "secret": secret}]}
        return plugin


_ROUTER = {
    "name": "envoy.filters.http.router",
    "typed_config": {"@type": f"{_DYNAMIC}.filters.http.router.v3.Router"},
}


def _path(job: int, suite: str) -> str:
    return f"/{job}/{suite}/mcp"


def _name(job: int, suite: str) -> str:
    return f"{suite}-{job}"


def _address(port: int) -> dict:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _cluster(name: str, port: int) -> dict:
    endpoint = {"endpoint": {"address": _address(port)}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def _route(path: str, cluster: str) -> dict:
    return {"match": {"prefix": path}, "route": {"cluster": cluster, "timeout": "0s"}}


def _listener(name: str, port: int, filters: list[dict], routes: list[dict]) -> dict:
    manager = {
        "@type": f"{_DYNAMIC}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        "stream_idle_timeout": "0s",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": filters,
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    return {
        "name": name,
        "address": _address(port),
        "per_connection_buffer_limit_bytes": 8388608,
        "filter_chains": [chain],
    }


def _filter(name: str, plugin: dict, wasm: Path) -> dict:
    # A VM of its own per configuration: they share no state.
    return {
        "name": "tessera",
        "typed_config": {
            "@type": f"{_DYNAMIC}.filters.http.wasm.v3.Wasm",
            "config": {
                "name": "tessera",
                "failure_policy": "FAIL_RELOAD",
                "allow_on_headers_stop_iteration": True,
                "configuration": {
                    "@type": "type.googleapis.com/google.protobuf.StringValue",
                    "value": json.dumps(plugin),
                },
                "vm_config": {
                    "vm_id": f"tessera-{name}",
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": {"local": {"filename": str(wasm)}},
                },
            },
        },
    }


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _host_key(program: Path, secret: bytes) -> HostKey:
    """Derives what a host signs with, as an operator does for it."""
    environment = {**os.environ, "TESSERA_TRUST_KEY": f"k1:{base64.b64encode(secret).decode()}"}
    command = [program, "label", "key", "--purpose", "prompt", "--scope", prompts.SCOPE]
    printed = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return HostKey.parse(printed.stdout)


class Servers:
    """The MCP servers of one process, each on a port of its own."""

    def __init__(self, servers: dict[str, Server], proxy: Proxy, job: int):
        self._running = [
            _running(server, proxy.server_port(job, suite), _path(job, suite)) for suite, server in servers.items()
        ]
        self._tasks: list[asyncio.Task] = []

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(server.serve()) for server in self._running]
        while not all(server.started for server in self._running):
            await asyncio.sleep(0.01)


def _running(server: Server, port: int, path: str) -> uvicorn.Server:
    app = server.mcp.streamable_http_app(streamable_http_path=path)
    return uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))


class Proxied:
    """The way through Envoy: an MCP client of the official SDK, which knows nothing of the filter but a token."""

    def __init__(self, server: Server, url: str, era: str, key: HostKey, with_prompt: bool):
        self.server = server
        self._url, self._era, self._key, self._with_prompt = url, era, key, with_prompt

    @asynccontextmanager
    async def conversation(self, prompt: str) -> AsyncIterator[Call]:
        text = prompt if self._with_prompt else None
        meta = {_PROMPT_KEY: prompts.token(self._key, uuid.uuid4().hex, text)}
        # A session per conversation, as an agent's host has it; in the modern era there are none.
        async with httpx2.AsyncClient(timeout=60) as http:
            transport = streamable_http_client(self._url, http_client=http)
            async with Client(transport, mode=self._era) as client:

                async def call(step: Step) -> Answer:
                    return _answer(await client.call_tool(step.tool, step.arguments, meta=meta))

                yield call


def _answer(result) -> Answer:
    plain = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    decision = plain.get("_meta", {}).get(_DECISION_KEY)
    if decision is None:
        return Answer("allow", result=plain)
    said = plain["content"][0]["text"]
    if said.startswith(_WITHHELD):
        raise RuntimeError(f"the tool ran and its answer was withheld: {said}")
    return Answer("ask" if said.startswith(_ASKED) else "block", [decision])
