"""crewai-tools: the MCP adapter; its tools are for threads."""

import asyncio
from contextlib import asynccontextmanager

from crewai_tools import MCPServerAdapter

from plan import run


class Session:
    def __init__(self, tools):
        self.named = {tool.name: tool for tool in tools}

    async def tools(self):
        return list(self.named)

    async def call(self, tool, arguments):
        return {"text": str(await asyncio.to_thread(self.named[tool].run, **arguments))}


@asynccontextmanager
async def open_session(url, headers):
    server = {"url": url, "transport": "streamable-http", "headers": headers}
    adapter = await asyncio.to_thread(MCPServerAdapter, server)
    try:
        yield Session(adapter.tools)
    finally:
        await asyncio.to_thread(adapter.stop)


run("crewai-tools", open_session)
