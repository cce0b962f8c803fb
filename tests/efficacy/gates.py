"""The gates a conversation may pass: none at all, and the engine in process, through `tessera trust replay`."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dataset import Step
from replay import Answer, Call
from server import Server

# A result may be large, and comes as one line.
_LINE = 1 << 24


class Open:
    """Nothing between agent and tools."""

    def __init__(self, server: Server):
        self.server = server

    @asynccontextmanager
    async def conversation(self, prompt: str) -> AsyncIterator[Call]:
        async def call(step: Step) -> Answer:
            return Answer("allow", result=await self.server.call(step.tool, step.arguments))

        yield call


class Engine:
    """The engine of the filter, in a process of the `tessera` program that reads and answers lines of JSON."""

    def __init__(self, server: Server, upstream: str, program: Path, registry: Path, with_prompt: bool):
        self.server = server
        self._upstream = upstream
        self._command = [str(program), "trust", "replay", "--json", "--registry", str(registry)]
        self._with_prompt = with_prompt
        self._process: asyncio.subprocess.Process | None = None

    @asynccontextmanager
    async def conversation(self, prompt: str) -> AsyncIterator[Call]:
        if self._process is None:
            await self._start()
        await self._ask(op="begin")
        if self._with_prompt:
            await self._ask(op="prompt", text=prompt)
        yield self._call

    async def _call(self, step: Step) -> Answer:
        call = {"upstream": self._upstream, "tool": step.tool, "arguments": step.arguments}
        judged = await self._ask(op="call", **call)
        if judged["verdict"] != "allow":
            return Answer(judged["verdict"], judged["because"])
        result = await self.server.call(step.tool, step.arguments)
        await self._ask(op="result", **call, result=result)
        return Answer("allow", judged["because"], result)

    async def _start(self) -> None:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stdout=pipe, limit=_LINE)
        await self._ask(op="definitions", upstream=self._upstream, tools=self.server.definitions())

    async def _ask(self, **question) -> dict:
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the program has ended"}
        if "error" in answer:
            raise RuntimeError(f"{self._command} answered {answer['error']!r} to {question['op']}")
        return answer
