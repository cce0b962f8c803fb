"""A suite as an MCP server of the official SDK: the tools with their schemas, over an environment that can be swapped."""

import inspect
from typing import Annotated, Any

from agentdojo.functions_runtime import Function, FunctionsRuntime, TaskEnvironment
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from pydantic import Field
from pydantic_core import PydanticUndefined

import dataset


class Server:
    """The tools of a suite. `environment` is what they work on; whoever measures sets it before each run."""

    def __init__(self, suite: str):
        self.environment: TaskEnvironment | None = None
        self._runtime = FunctionsRuntime(dataset.suite(suite).tools)
        self.mcp = MCPServer(suite, log_level="ERROR")
        self.tools: dict[str, Tool] = {}
        for function in dataset.suite(suite).tools:
            tool = self._published(function)
            self.mcp.add_tool(tool, name=function.name, description=function.description)
            self.tools[function.name] = Tool.from_function(tool, name=function.name, description=function.description)

    async def call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """What the server answers, as it stands on the wire, without a wire."""
        try:
            result = await self.tools[tool].run(arguments, None, convert_result=True)
        except ToolError as error:
            return {"content": [{"type": "text", "text": str(error)}], "isError": True}
        return result.model_dump(mode="json", by_alias=True, exclude_none=True)

    def definitions(self) -> list[dict[str, Any]]:
        """The answer to tools/list."""
        return [
            {"name": tool.name, "description": tool.description, "inputSchema": tool.parameters}
            | ({"outputSchema": tool.output_schema} if tool.output_schema else {})
            for tool in self.tools.values()
        ]

    def _published(self, function: Function):
        """The function with the signature that the SDK makes a schema of: without the environment."""

        async def run(**arguments):
            try:
                value, _ = self._runtime.run_function(
                    self.environment, function.name, arguments, raise_on_error=True
                )
            except Exception as error:  # noqa: BLE001 whatever it is, the agent reads it
                raise ToolError(f"{type(error).__name__}: {error}") from error
            return value

        parameters = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                annotation=Annotated[field.annotation, Field(description=field.description)],
                default=inspect.Parameter.empty if field.default is PydanticUndefined else field.default,
            )
            for name, field in function.parameters.model_fields.items()
        ]
        returned = inspect.Signature.empty if function.return_type is None else function.return_type
        run.__signature__ = inspect.Signature(parameters, return_annotation=returned)
        run.__name__ = function.name
        return run
