"""mcp-haystack: a toolset; its tools raise when the server's says error."""

import asyncio
from contextlib import asynccontextmanager

from haystack_integrations.tools.mcp import MCPToolset, StreamableHttpServerInfo

from plan import run


class Session:
    def __init__(self, toolset):
        self.named = {tool.name: tool for tool in toolset}

    async def tools(self):
        return list(self.named)

    async def call(self, tool, arguments):
        # Its tools are for threads: they wait for an event loop of their own.
        return {"text": str(await asyncio.to_thread(self.named[tool].invoke, **arguments))}


def connected(url, headers):
    server = StreamableHttpServerInfo(url=url, headers=headers)
    toolset = MCPToolset(server_info=server, invocation_timeout=60)
    toolset.warm_up()
    return toolset


@asynccontextmanager
async def open_session(url, headers):
    toolset = await asyncio.to_thread(connected, url, headers)
    try:
        yield Session(toolset)
    finally:
        await asyncio.to_thread(toolset.close)


run("mcp-haystack", open_session)
