"""langchain-mcp-adapters: tools of one session, called as an agent's graph calls them."""

from contextlib import asynccontextmanager

from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools

from plan import run


class Session:
    def __init__(self, tools):
        self.named = {tool.name: tool for tool in tools}

    async def tools(self):
        return list(self.named)

    async def call(self, tool, arguments):
        asked = {"type": "tool_call", "id": "call-1", "name": tool, "args": arguments}
        message = await self.named[tool].ainvoke(asked)
        return {"isError": message.status == "error", "text": str(message.content)}


@asynccontextmanager
async def open_session(url, headers):
    connection = {"transport": "streamable_http", "url": url, "headers": headers}
    client = MultiServerMCPClient({"tessera": connection})
    async with client.session("tessera") as session:
        yield Session(await load_mcp_tools(session))


run("langchain-mcp-adapters", open_session)
