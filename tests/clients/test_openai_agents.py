"""OpenAI's Agents SDK: MCPServerStdio, whose calls end after 5 s unless told otherwise; strict schemas."""

import asyncio
import json
import time

import common
from agents import Agent, RunContextWrapper
from agents.mcp import MCPServerStdio, MCPUtil
from agents.tool_context import ToolContext


def server(environment):
    return MCPServerStdio(params={"command": common.BINARY, "env": environment})


async def function_tools(one, strict):
    return {tool.name: tool for tool in await MCPUtil.get_all_function_tools(
        [one], strict, RunContextWrapper(None), Agent(name="a", mcp_servers=[one]))}


async def invoke(tool, arguments):
    text = json.dumps(arguments)
    return await tool.on_invoke_tool(
        ToolContext(None, tool_name=tool.name, tool_call_id="1", tool_arguments=text), text)


async def main():
    with common.spark() as (fake, environment):
        async with server(environment) as one:
            for strict in (False, True):
                tools = await function_tools(one, strict)
                common.check_names(tools)
                for name, tool in tools.items():
                    common.check_conversion(name, tool.params_json_schema)
                await common.converse(lambda name, arguments: invoke(tools[name], arguments), fake)
    with common.spark(SPARK_WAIT_SECONDS="20") as (fake, environment):
        async with server(environment) as one:
            tools = await function_tools(one, False)
            begun = time.monotonic()
            common.expect(await invoke(tools["submit-spark-job"], common.JOB), "error occurred while running the tool")
            assert time.monotonic() - begun < 15


asyncio.run(main())
