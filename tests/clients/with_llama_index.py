"""llama-index-tools-mcp: a tool specification; it opens a session for every request."""

from contextlib import asynccontextmanager

from llama_index.tools.mcp import BasicMCPClient, McpToolSpec

from plan import run


class Session:
    def __init__(self, tools):
        self.named = {tool.metadata.name: tool for tool in tools}

    async def tools(self):
        return list(self.named)

    async def call(self, tool, arguments):
        output = await self.named[tool].acall(**arguments)
        return {"isError": output.is_error, "text": output.content}


@asynccontextmanager
async def open_session(url, headers):
    client = BasicMCPClient(url, headers=headers)
    yield Session(await McpToolSpec(client=client).to_tool_list_async())


run("llama-index-tools-mcp", open_session)
