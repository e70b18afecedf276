"""LangChain: langchain-mcp-adapters, with a session that is kept and with one a call; its OpenAI and Gemini schemas."""

import asyncio

import common
from langchain_core.tools import ToolException
from langchain_google_genai._function_utils import convert_to_genai_function_declarations
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools
from langchain_openai import ChatOpenAI


def caller(tools):
    by_name = {tool.name: tool for tool in tools}

    async def call(name, arguments):
        try:
            return await by_name[name].ainvoke(arguments)
        except ToolException as error:
            return error

    return call


def check_conversions(tools):
    common.check_names(tool.name for tool in tools)
    bound = ChatOpenAI(model="any", api_key="none").bind_tools(tools).kwargs["tools"]
    for made in bound:
        common.check_conversion(made["function"]["name"], made["function"]["parameters"])
    for group in convert_to_genai_function_declarations(tools):
        for made in group.function_declarations:
            common.check_conversion(made.name, made.parameters.model_dump(exclude_none=True), "string, not object")


async def main():
    with common.spark() as (fake, environment):
        client = MultiServerMCPClient({
            "spark": {"transport": "stdio", "command": common.BINARY, "args": [], "env": environment}})
        async with client.session("spark") as session:
            tools = await load_mcp_tools(session)
            check_conversions(tools)
            await common.converse(caller(tools), fake)
            await common.converse(caller(tools), fake, [common.with_texts])  # what Gemini makes of objects
        await common.converse(caller(await client.get_tools()), fake)


asyncio.run(main())
