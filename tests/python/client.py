"""A real MCP client: takes a plan as JSON, prints as JSON what happened at each step.

Runs on mcp 2 (`era` legacy or modern) and on mcp 1 (legacy).
"""

import asyncio
import json
import sys
from importlib.metadata import version

PLAN = json.loads(sys.argv[1])
HEADERS = dict(PLAN.get("headers", {}))
if PLAN.get("token"):
    HEADERS["authorization"] = f"Bearer {PLAN['token']}"


def plain(value):
    return json.loads(value.model_dump_json(by_alias=True, exclude_none=True))


async def step(session, what):
    match what["do"]:
        case "tools":
            listed = await session.list_tools()
            return {"tools": [tool.name for tool in listed.tools]}
        case "call":
            return plain(await session.call_tool(what["tool"], what.get("arguments", {})))
        case "resource":
            return plain(await session.read_resource(what["uri"]))
        case "prompt":
            return plain(await session.get_prompt(what["name"], what.get("arguments", {})))
    raise ValueError(what)


async def steps(session):
    happened = []
    for what in PLAN["steps"]:
        try:
            happened.append(await step(session, what))
        except Exception as error:  # noqa: BLE001 what the SDK raises is the result
            inner = getattr(error, "error", None)
            happened.append({
                "error": {"code": getattr(inner, "code", None), "message": str(error), "type": type(error).__name__}
            })
    return happened


async def first_sdk():
    import httpx  # noqa: F401
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with streamablehttp_client(PLAN["url"], headers=HEADERS) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            return await steps(session)


async def second_sdk():
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    mode = {"legacy": "legacy", "modern": "2026-07-28"}[PLAN["era"]]
    async with httpx2.AsyncClient(headers=HEADERS, timeout=60) as http:
        async with Client(streamable_http_client(PLAN["url"], http_client=http), mode=mode) as session:
            return await steps(session)


async def main():
    try:
        from mcp import Client  # noqa: F401 only mcp 2 has it
        return await second_sdk()
    except ImportError:
        return await first_sdk()


print(json.dumps({"version": version("mcp"), "steps": asyncio.run(main())}))
