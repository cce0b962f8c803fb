"""The server that the MCP conformance suite tests, both eras, on mcp 2: what the suite's scenarios ask for.

Usage: python server.py [--credulous] <port>. A credulous server does not compare a request's headers with its body.
Ends when its standard input does.
"""

import json
import os
import sys
import threading

import mcp_types as types
import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.streamable_http import EventMessage, EventStore
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.exceptions import MCPError

import asking
import content

NAME = "conformance-fixture"
BUS = InMemorySubscriptionBus()
TOOLS = {**content.tools(BUS), **asking.tools()}
PROMPTS = {**content.prompts(), **asking.prompts()}


class Events(EventStore):
    """Everything sent on every stream, so that a client which lost one can go on where it was."""

    def __init__(self):
        self.sent = []

    async def store_event(self, stream_id, message):
        self.sent.append((stream_id, message))
        return str(len(self.sent))

    async def replay_events_after(self, last_event_id, send_callback):
        last = int(last_event_id)
        if not 0 < last <= len(self.sent):
            return None
        stream = self.sent[last - 1][0]
        for number, (of, message) in enumerate(self.sent[last:], last + 1):
            if of == stream and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream


async def list_tools(_ctx, _params):
    return types.ListToolsResult(tools=[tool for tool, _ in TOOLS.values()])


async def call_tool(ctx, params):
    if params.name not in TOOLS:
        raise MCPError(code=types.INVALID_PARAMS, message=f"there is no tool {params.name}")
    return await TOOLS[params.name][1](ctx, params)


async def list_prompts(_ctx, _params):
    return types.ListPromptsResult(prompts=[prompt for prompt, _ in PROMPTS.values()])


async def get_prompt(ctx, params):
    if params.name not in PROMPTS:
        raise MCPError(code=types.INVALID_PARAMS, message=f"there is no prompt {params.name}")
    return await PROMPTS[params.name][1](ctx, params)


async def list_resources(_ctx, _params):
    return types.ListResourcesResult(resources=content.RESOURCES)


async def list_templates(_ctx, _params):
    return types.ListResourceTemplatesResult(resource_templates=content.TEMPLATES)


async def read_resource(_ctx, params):
    found = content.read(str(params.uri))
    if found is None:
        raise MCPError(code=types.INVALID_PARAMS, message="Resource not found", data={"uri": str(params.uri)})
    return types.ReadResourceResult(contents=[found])


async def complete(_ctx, params):
    known = ["paris", "park", "party"]
    values = [value for value in known if value.startswith(params.argument.value)]
    return types.CompleteResult(completion=types.Completion(values=values, total=len(values), has_more=False))


async def accept(_ctx, _params):
    """Log levels and subscriptions of resources: nothing here depends on them."""
    return types.EmptyResult()


def input_schema(name):
    return TOOLS[name][0].input_schema if name in TOOLS else None


server = Server(
    NAME,
    version="1.0.0",
    get_tool_input_schema=input_schema,
    on_list_tools=list_tools,
    on_call_tool=call_tool,
    on_list_prompts=list_prompts,
    on_get_prompt=get_prompt,
    on_list_resources=list_resources,
    on_list_resource_templates=list_templates,
    on_read_resource=read_resource,
    on_subscribe_resource=accept,
    on_unsubscribe_resource=accept,
    on_subscriptions_listen=ListenHandler(BUS),
    on_completion=complete,
    on_set_logging_level=accept,
)
server.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience=NAME))


class Credulous:
    """Gives the SDK, which compares, the headers that fit the body: so any others do."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self.app(scope, receive, send)
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        whole = [{"type": "http.request", "body": body}]

        async def again():
            return whole.pop() if whole else await receive()

        kept = [pair for pair in scope["headers"] if pair[0] not in (b"mcp-method", b"mcp-name")]
        return await self.app({**scope, "headers": kept + self.fitting(body)}, again, send)

    @staticmethod
    def fitting(body):
        message = json.loads(body)
        params = message.get("params") or {}
        name = params.get("name", params.get("uri"))
        said = [(b"mcp-method", message.get("method"))] + ([(b"mcp-name", name)] if name else [])
        return [(key, value.encode()) for key, value in said if value]


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_stdin, daemon=True).start()
app = server.streamable_http_app(event_store=Events(), retry_interval=100)
if "--credulous" in sys.argv:
    app = Credulous(app)
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[-1]), log_level="warning")
