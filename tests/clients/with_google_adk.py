"""google-adk: an MCP toolset; its tools are run as an agent runs them, in an invocation of an agent without a model."""

from contextlib import asynccontextmanager

from google.adk.agents import BaseAgent
from google.adk.agents.invocation_context import InvocationContext
from google.adk.sessions import InMemorySessionService
from google.adk.tools.mcp_tool import McpToolset, StreamableHTTPConnectionParams
from google.adk.tools.tool_context import ToolContext

from plan import run


async def context():
    sessions = InMemorySessionService()
    session = await sessions.create_session(app_name="tests", user_id="tests")
    agent = BaseAgent(name="tests")
    return ToolContext(
        InvocationContext(invocation_id="1", agent=agent, session=session, session_service=sessions)
    )


class Session:
    def __init__(self, tools):
        self.named = {tool.name: tool for tool in tools}

    async def tools(self):
        return list(self.named)

    async def call(self, tool, arguments):
        said = await self.named[tool].run_async(args=arguments, tool_context=await context())
        return {"isError": bool(said.get("isError")), "text": str(said)}


@asynccontextmanager
async def open_session(url, headers):
    params = StreamableHTTPConnectionParams(url=url, headers=headers, timeout=60)
    toolset = McpToolset(connection_params=params)
    try:
        yield Session(await toolset.get_tools())
    finally:
        await toolset.close()


run("google-adk", open_session)
