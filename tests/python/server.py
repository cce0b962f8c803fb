"""An MCP server to protect: writes down every tool that really ran (`RAN <tool>`).

Runs on mcp 2 (both eras) and on mcp 1 (sessions). Arguments: port, and `stateless` for a server that runs what it
is told without a session. Ends when its standard input does.
"""

import os
import sys
import threading

PORT = int(sys.argv[-1])
STATELESS = "stateless" in sys.argv[1:]

try:
    from mcp.server.mcpserver import MCPServer  # mcp 2

    server = MCPServer("fixture")
    run = lambda: server.run(transport="streamable-http", host="127.0.0.1", port=PORT, stateless_http=STATELESS)
except ImportError:
    from mcp.server.fastmcp import FastMCP  # mcp 1

    server = FastMCP("fixture", host="127.0.0.1", port=PORT, stateless_http=STATELESS)
    run = lambda: server.run(transport="streamable-http")


def ran(tool: str) -> None:
    print(f"RAN {tool}", flush=True)


@server.tool()
def safe(x: str = "") -> str:
    """Does nothing that could hurt."""
    ran("safe")
    return f"safe {x}"


@server.tool()
def danger(x: str = "") -> str:
    """Must never run in a test."""
    ran("danger")
    return f"danger {x}"


@server.tool()
def echo(text: str) -> str:
    """Says what it was told."""
    ran("echo")
    return text


@server.tool()
def list_repos() -> str:
    """Names the repositories."""
    ran("list_repos")
    return "acme/billing-prod, acme/website"


@server.tool()
def delete_repo(repo: str) -> str:
    """Deletes a repository for good."""
    ran("delete_repo")
    return f"{repo} deleted"


@server.resource("demo://notes")
def notes() -> str:
    """A harmless page."""
    return "notes"


@server.resource("demo://secret")
def secret() -> str:
    """A page that a policy may keep."""
    return "the secret"


@server.prompt()
def greet(name: str = "you") -> str:
    """A prompt."""
    return f"Greet {name}."


def end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_stdin, daemon=True).start()
run()
