"""fastmcp: its `Client`, which raises when a tool says error."""

from contextlib import asynccontextmanager

from fastmcp import Client

from plan import run


class Session:
    def __init__(self, client):
        self.client = client

    async def tools(self):
        return [tool.name for tool in await self.client.list_tools()]

    async def call(self, tool, arguments):
        result = await self.client.call_tool(tool, arguments)
        return {"isError": result.is_error, "text": result.content[0].text}


@asynccontextmanager
async def open_session(url):
    async with Client(url) as client:
        yield Session(client)


run("fastmcp", open_session)
