"""The gates a conversation may pass: none at all, and the engine in process, through `tessera trust replay`."""

import asyncio
import json
from pathlib import Path

from dataset import Step
from replay import Answer
from server import Server

# A result may be large, and comes as one line.
_LINE = 1 << 24


class Open:
    """Nothing between agent and tools."""

    def __init__(self, server: Server):
        self.server = server

    async def begin(self, prompt: str) -> None:
        pass

    async def call(self, step: Step) -> Answer:
        return Answer("allow", result=await self.server.call(step.tool, step.arguments))


class Engine:
    """The engine of the filter, in a process of the `tessera` program that reads and answers lines of JSON."""

    def __init__(self, server: Server, upstream: str, program: Path, registry: Path, with_prompt: bool):
        self.server = server
        self._upstream = upstream
        self._command = [str(program), "trust", "replay", "--json", "--registry", str(registry)]
        self._with_prompt = with_prompt
        self._process: asyncio.subprocess.Process | None = None
        self._conversations = 0

    async def begin(self, prompt: str) -> None:
        if self._process is None:
            await self._start()
        self._conversations += 1
        await self._ask(op="begin", caller="agent", conversation=f"c{self._conversations}")
        if self._with_prompt:
            await self._ask(op="prompt", text=prompt)

    async def call(self, step: Step) -> Answer:
        call = {"upstream": self._upstream, "tool": step.tool, "arguments": step.arguments}
        judged = await self._ask(op="call", **call)
        if judged["verdict"] != "allow":
            return Answer(judged["verdict"], judged["because"])
        result = await self.server.call(step.tool, step.arguments)
        await self._ask(op="result", **call, result=result)
        return Answer("allow", judged["because"], result)

    async def close(self) -> None:
        if self._process is not None:
            self._process.stdin.close()
            await self._process.wait()

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
