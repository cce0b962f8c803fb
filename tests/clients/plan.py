"""What the Python drivers share: read the plan, go through its steps in one session, print what happened.

A driver gives `run` the package whose version counts and an asynchronous context manager that opens a session at a
URL, with headers that carry the caller's token: an object with `tools()`, which gives names, and `call(tool, arguments)`, which gives `{"isError": .., "text": ..}` as
the framework hands it to a model. No model takes part.
"""

import asyncio
import json
import sys
from importlib.metadata import version

PLAN = json.loads(sys.argv[1])
HEADERS = {"Authorization": f"Bearer {PLAN['token']}"} if PLAN.get("token") else {}


async def step(session, what):
    match what["do"]:
        case "tools":
            return {"tools": await session.tools()}
        case "call":
            return await session.call(what["tool"], what.get("arguments", {}))
    raise ValueError(what)


async def steps(session):
    happened = []
    for what in PLAN["steps"]:
        try:
            happened.append(await step(session, what))
        except Exception as error:  # noqa: BLE001 what the framework raises is the result
            happened.append({"error": {"message": str(error), "type": type(error).__name__}})
    return happened


async def go(opened):
    async with opened as session:
        return await steps(session)


def run(package, open_session):
    happened = asyncio.run(go(open_session(PLAN["url"], HEADERS)))
    print(json.dumps({"version": version(package), "steps": happened}), flush=True)
