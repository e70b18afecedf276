"""Pydantic AI: MCPToolset in an agent, whose model is a function; its OpenAI and Gemini schemas."""

import asyncio

import common
from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.profiles.google import GoogleJsonSchemaTransformer, GoogleOpenAPISchemaTransformer
from pydantic_ai.profiles.openai import OpenAIJsonSchemaTransformer


async def main():
    with common.spark() as (fake, environment):
        toolset = MCPToolset(StdioTransport(common.BINARY, [], env=environment), tool_error_behavior="failed")
        asked, seen = [], {}

        def model(messages, told):
            seen.update({tool.name: tool.parameters_json_schema for tool in told.function_tools})
            if asked:
                return ModelResponse(parts=[ToolCallPart(*asked.pop())])
            return ModelResponse(parts=[TextPart(str(messages[-1].parts[0].content))])

        async with Agent(FunctionModel(model), toolsets=[toolset]) as agent:
            async def call(name, arguments):
                asked.append((name, arguments))
                return (await agent.run("go")).output

            await common.converse(call, fake)
            common.check_names(seen)
            for name, schema in seen.items():
                for transformer in (OpenAIJsonSchemaTransformer, GoogleJsonSchemaTransformer,
                                    GoogleOpenAPISchemaTransformer):
                    common.check_conversion(name, transformer(schema, strict=None).walk())


asyncio.run(main())
