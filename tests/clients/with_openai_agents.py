"""openai-agents: an MCP server of an agent; tools are invoked as its runner invokes them."""

import json
from contextlib import asynccontextmanager

from agents import RunContextWrapper
from agents.mcp import MCPServerStreamableHttp, MCPUtil

from plan import run


class Session:
    def __init__(self, server, tools):
        self.server = server
        self.named = {tool.name: tool for tool in tools}

    async def tools(self):
        return list(self.named)

    async def call(self, tool, arguments):
        context = RunContextWrapper(context=None)
        said = await MCPUtil.invoke_mcp_tool(self.server, self.named[tool], context, json.dumps(arguments))
        return {"text": str(said)}


@asynccontextmanager
async def open_session(url, headers):
    params = {"url": url, "headers": headers, "timeout": 60}
    async with MCPServerStreamableHttp(params=params, client_session_timeout_seconds=60) as server:
        yield Session(server, await server.list_tools())


run("openai-agents", open_session)
