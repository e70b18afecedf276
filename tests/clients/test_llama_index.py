"""LlamaIndex: McpToolSpec on BasicMCPClient, which starts a server for every call; its OpenAI and Gemini schemas."""

import asyncio

import common
from google.genai import Client
from llama_index.llms.google_genai.utils import convert_schema_to_function_declaration
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec


async def main():
    with common.spark() as (fake, environment):
        tools = {tool.metadata.name: tool for tool in await McpToolSpec(
            BasicMCPClient(common.BINARY, env=environment)).to_tool_list_async()}
        common.check_names(tools)
        # The Developer API's converter refuses every object, since LlamaIndex makes maps of them.
        gemini = Client(vertexai=True, api_key="none")
        for name, tool in tools.items():
            common.check_conversion(name, tool.metadata.to_openai_tool()["function"]["parameters"])
            made = convert_schema_to_function_declaration(gemini, tool)
            common.check_conversion(name, made.parameters.model_dump(exclude_none=True))

        async def call(name, arguments):
            return (await tools[name].acall(**arguments)).content

        await common.converse(call, fake)


asyncio.run(main())
