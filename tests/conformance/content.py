"""What the suite reads: tools that answer by themselves, prompts, resources."""

import asyncio
import base64
import json
import struct
import zlib

import mcp_types as types
from mcp.server.subscriptions import PromptsListChanged, ToolsListChanged


def png():
    """One red pixel."""

    def chunk(kind, data):
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def wav():
    """One silent sample."""
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    data = b"\x80\x00"
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", 1) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


PNG = base64.b64encode(png()).decode()
WAV = base64.b64encode(wav()).decode()
NOTHING = {"type": "object", "properties": {}}


def text(what):
    return types.TextContent(type="text", text=what)


def image():
    return types.ImageContent(type="image", data=PNG, mime_type="image/png")


def embedded(uri, mime_type, what):
    inner = types.TextResourceContents(uri=uri, mime_type=mime_type, text=what)
    return types.EmbeddedResource(type="resource", resource=inner)


def result(*blocks, is_error=False):
    return types.CallToolResult(content=list(blocks), is_error=is_error)


def always(*blocks, is_error=False):
    async def answer(_ctx, _params):
        return result(*blocks, is_error=is_error)

    return answer


async def logs(ctx, _params):
    steps = ["Tool execution started", "Tool processing data", "Tool execution completed"]
    for step in steps:
        await ctx.session.send_log_message(level="info", data=step, related_request_id=ctx.request_id)
        await asyncio.sleep(0.05)
    return result(text("logged"))


async def progresses(ctx, _params):
    for done in [0, 50, 100]:
        await ctx.session.report_progress(done, 100)
        await asyncio.sleep(0.05)
    return result(text("progressed"))


async def reconnects(ctx, _params):
    """Ends the stream in the middle of the call; the result is for whoever asks for the rest."""
    if ctx.close_sse_stream is not None:
        await ctx.close_sse_stream()
    await asyncio.sleep(0.2)
    return result(text("reconnected"))


def changes(bus, event):
    async def answer(_ctx, _params):
        await bus.publish(event)
        return result(text("changed"))

    return answer


ADDRESS = {"type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}
KEYWORDS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {"$anchor": "addressDef", **ADDRESS}},
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
MIRRORED = {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}
MIXED = [
    text("Multiple content types test:"),
    image(),
    embedded("test://mixed-content-resource", "application/json", json.dumps({"test": "data", "value": 123})),
]


def tools(bus):
    """Name: description of the tool, and what it does."""
    audio = types.AudioContent(type="audio", data=WAV, mime_type="audio/wav")
    resource = embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")
    error = text("This tool intentionally returns an error for testing")
    table = {
        "test_simple_text": (NOTHING, always(text("This is a simple text response for testing."))),
        "test_image_content": (NOTHING, always(image())),
        "test_audio_content": (NOTHING, always(audio)),
        "test_embedded_resource": (NOTHING, always(resource)),
        "test_multiple_content_types": (NOTHING, always(*MIXED)),
        "test_error_handling": (NOTHING, always(error, is_error=True)),
        "test_tool_with_logging": (NOTHING, logs),
        "test_logging_tool": (NOTHING, logs),
        "test_tool_with_progress": (NOTHING, progresses),
        "test_reconnection": (NOTHING, reconnects),
        "test_trigger_tool_change": (NOTHING, changes(bus, ToolsListChanged())),
        "test_trigger_prompt_change": (NOTHING, changes(bus, PromptsListChanged())),
        "test_mirrored_argument": (MIRRORED, always(text("mirrored"))),
        "json_schema_2020_12_tool": (KEYWORDS, always(text("validated"))),
    }
    return {name: (described(name, schema), act) for name, (schema, act) in table.items()}


def described(name, schema):
    return types.Tool(name=name, description=f"Fixture: {name}", input_schema=schema)


def prompt(name, messages, *arguments):
    named = [types.PromptArgument(name=argument, description=argument, required=True) for argument in arguments]

    async def answer(_ctx, params):
        said = messages(params.arguments or {})
        return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=block) for block in said])

    return types.Prompt(name=name, description=f"Fixture: {name}", arguments=named), answer


def prompts():
    """Name: description of the prompt, and what it says."""
    made = [
        prompt("test_simple_prompt", lambda _: [text("This is a simple prompt for testing.")]),
        prompt(
            "test_prompt_with_arguments",
            lambda given: [text(f"Prompt with arguments: arg1='{given['arg1']}', arg2='{given['arg2']}'")],
            "arg1",
            "arg2",
        ),
        prompt(
            "test_prompt_with_embedded_resource",
            lambda given: [
                embedded(given["resourceUri"], "text/plain", "Embedded resource content for testing."),
                text("Please process the embedded resource above."),
            ],
            "resourceUri",
        ),
        prompt("test_prompt_with_image", lambda _: [image(), text("Please analyze the image above.")]),
    ]
    return {described.name: (described, act) for described, act in made}


def resource(uri, mime_type):
    return types.Resource(uri=uri, name=uri, description=f"Fixture: {uri}", mime_type=mime_type)


RESOURCES = [
    resource("test://static-text", "text/plain"),
    resource("test://static-binary", "image/png"),
    resource("test://watched-resource", "text/plain"),
]
TEMPLATES = [
    types.ResourceTemplate(
        uri_template="test://template/{id}/data", name="template", description="Fixture", mime_type="application/json"
    )
]


def read(uri):
    """What lies at a URI; None if nothing does."""
    match uri.removeprefix("test://").split("/"):
        case ["static-text"]:
            said = "This is the content of the static text resource."
            return types.TextResourceContents(uri=uri, mime_type="text/plain", text=said)
        case ["watched-resource"]:
            return types.TextResourceContents(uri=uri, mime_type="text/plain", text="watched")
        case ["static-binary"]:
            return types.BlobResourceContents(uri=uri, mime_type="image/png", blob=PNG)
        case ["template", id, "data"]:
            said = json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})
            return types.TextResourceContents(uri=uri, mime_type="application/json", text=said)
    return None
