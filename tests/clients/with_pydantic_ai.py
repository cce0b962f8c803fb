"""pydantic-ai: an MCP toolset, which asks the model to try again when a tool says error."""

from contextlib import asynccontextmanager

from pydantic_ai.mcp import MCPToolset

from plan import run


class Session:
    def __init__(self, toolset):
        self.toolset = toolset

    async def tools(self):
        return [tool.name for tool in await self.toolset.list_tools()]

    async def call(self, tool, arguments):
        return {"text": str(await self.toolset.direct_call_tool(tool, arguments))}


@asynccontextmanager
async def open_session(url, headers):
    async with MCPToolset(url, headers=headers) as toolset:
        yield Session(toolset)


run("pydantic-ai-slim", open_session)
