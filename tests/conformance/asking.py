"""Tools and a prompt that need something from the client: by a request of the server's own (sessions), or by a result
that says what is missing (2026-07-28)."""

import mcp_types as types
from mcp.shared.exceptions import MCPError

from content import NOTHING, described, result, text


def form(**properties):
    return {"type": "object", "properties": properties, "required": list(properties)}


def one_string(name):
    return form(**{name: {"type": "string"}})


# --- by a request of the server's own ---


async def samples(ctx, params):
    said = types.TextContent(type="text", text=params.arguments["prompt"])
    message = types.SamplingMessage(role="user", content=said)
    answer = await ctx.session.create_message(
        messages=[message], max_tokens=100, related_request_id=ctx.request_id
    )
    return result(text(f"LLM response: {answer.content.text}"))


def elicits(schema, message=None, label="Elicitation completed"):
    async def act(ctx, params):
        asked = message or params.arguments["message"]
        answer = await ctx.session.elicit_form(asked, schema, related_request_id=ctx.request_id)
        return result(text(f"{label}: action={answer.action}, content={answer.content}"))

    return act


USER = form(
    username={"type": "string", "description": "User's response"},
    email={"type": "string", "description": "User's email address"},
)
DEFAULTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    },
}
OPTIONS = ["option1", "option2", "option3"]


def titled(*titles):
    return [{"const": f"value{number}", "title": title} for number, title in enumerate(titles, 1)]


CHOICES = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": OPTIONS},
        "titledSingle": {"type": "string", "oneOf": titled("First Option", "Second Option", "Third Option")},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": OPTIONS}},
        "titledMulti": {"type": "array", "items": {"anyOf": titled("First Choice", "Second Choice", "Third Choice")}},
    },
}


# --- by a result that says what is missing ---


def elicitation(message, schema):
    return types.ElicitRequest(params=types.ElicitRequestFormParams(message=message, requested_schema=schema))


def sampling(said, max_tokens):
    message = types.SamplingMessage(role="user", content=types.TextContent(type="text", text=said))
    return types.CreateMessageRequest(
        params=types.CreateMessageRequestParams(messages=[message], max_tokens=max_tokens)
    )


ROOTS = types.ListRootsRequest()
NAME = elicitation("What is your name?", one_string("name"))
COLOUR = elicitation("Step 2: What is your favorite color?", one_string("color"))
CONFIRM = elicitation("Please confirm", form(ok={"type": "boolean"}))


def missing(state=None, **requests):
    return types.InputRequiredResult(input_requests=requests, request_state=state)


def given(params, key, kind):
    """The client's answer to one of our questions; None if there is none that fits."""
    answer = (params.input_responses or {}).get(key)
    return answer if isinstance(answer, kind) else None


def answered(params, name="name", key="user_name"):
    """One text of an accepted form."""
    form = given(params, key, types.ElicitResult)
    said = (form.content or {}).get(name) if form else None
    return said if isinstance(said, str) else None


async def asks_name(_ctx, params):
    name = answered(params)
    return missing(user_name=NAME) if name is None else result(text(f"Hello, {name}!"))


async def asks_model(_ctx, params):
    said = given(params, "capital_question", types.CreateMessageResult)
    if said is None:
        return missing(capital_question=sampling("What is the capital of France?", 100))
    return result(text(said.content.text))


async def asks_roots(_ctx, params):
    roots = given(params, "client_roots", types.ListRootsResult)
    if roots is None:
        return missing(client_roots=ROOTS)
    return result(text(", ".join(str(root.uri) for root in roots.roots)))


async def keeps_state(_ctx, params):
    if given(params, "confirm", types.ElicitResult) is None or params.request_state != "asked":
        return missing("asked", confirm=CONFIRM)
    return result(text("state-ok"))


async def asks_three(_ctx, params):
    name = answered(params)
    greeting = given(params, "greeting", types.CreateMessageResult)
    roots = given(params, "client_roots", types.ListRootsResult)
    if name is None or greeting is None or roots is None:
        asked = {"user_name": NAME, "greeting": sampling("Generate a greeting", 50), "client_roots": ROOTS}
        return missing("asked", **asked)
    return result(text(f"{greeting.content.text}, {name}, at {len(roots.roots)} roots"))


async def asks_twice(_ctx, params):
    if params.request_state == "first" and (name := answered(params, key="step1")):
        return missing(f"second {name}", step2=COLOUR)
    if (params.request_state or "").startswith("second ") and (colour := answered(params, "color", "step2")):
        return result(text(f"{params.request_state.removeprefix('second ')} likes {colour}"))
    return missing("first", step1=elicitation("Step 1: What is your name?", one_string("name")))


async def asks_what_is_possible(ctx, _params):
    can = ctx.session.client_capabilities
    requests = {}
    if can is not None and can.sampling is not None:
        requests["capital_question"] = sampling("What is the capital of France?", 100)
    if can is not None and can.elicitation is not None:
        requests["user_name"] = NAME
    return missing(**requests) if requests else result(text("nothing to ask"))


async def needs_sampling(ctx, _params):
    can = ctx.session.client_capabilities
    if can is None or can.sampling is None:
        wanted = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(code=types.MISSING_REQUIRED_CLIENT_CAPABILITY, message="sampling is needed", data=wanted)
    return result(text("sampling is there"))


async def prompt_asks(_ctx, params):
    context = answered(params, "context", "user_context")
    if context is None:
        asked = elicitation("What context should the prompt use?", one_string("context"))
        return missing(user_context=asked)
    said = types.PromptMessage(role="user", content=text(f"Use this context: {context}"))
    return types.GetPromptResult(messages=[said])


def tools():
    """Name: description of the tool, and what it does."""
    table = {
        "test_sampling": (one_string("prompt"), samples),
        "test_elicitation": (one_string("message"), elicits(USER, label="User response")),
        "test_elicitation_sep1034_defaults": (NOTHING, elicits(DEFAULTS, "Please review")),
        "test_elicitation_sep1330_enums": (NOTHING, elicits(CHOICES, "Please choose")),
        "test_streaming_elicitation": (NOTHING, asks_name),
        "test_missing_capability": (NOTHING, needs_sampling),
        "test_input_required_result_elicitation": (NOTHING, asks_name),
        "test_input_required_result_sampling": (NOTHING, asks_model),
        "test_input_required_result_list_roots": (NOTHING, asks_roots),
        "test_input_required_result_request_state": (NOTHING, keeps_state),
        "test_input_required_result_tampered_state": (NOTHING, keeps_state),
        "test_input_required_result_multiple_inputs": (NOTHING, asks_three),
        "test_input_required_result_multi_round": (NOTHING, asks_twice),
        "test_input_required_result_capabilities": (NOTHING, asks_what_is_possible),
    }
    return {name: (described(name, schema), act) for name, (schema, act) in table.items()}


def prompts():
    """Name: description of the prompt, and what it says."""
    name = "test_input_required_result_prompt"
    return {name: (types.Prompt(name=name, description=f"Fixture: {name}", arguments=[]), prompt_asks)}
