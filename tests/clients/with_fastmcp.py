"""fastmcp: its `Client`, which raises when a tool says error."""

from contextlib import asynccontextmanager

from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

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
async def open_session(url, headers):
    async with Client(StreamableHttpTransport(url, headers=headers)) as client:
        yield Session(client)


run("fastmcp", open_session)
