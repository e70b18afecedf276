"""Google's ADK: McpToolset, whose calls end after 5 s unless told otherwise; and the conversions for Gemini."""

import asyncio
import time

import common
from google.adk.agents import LlmAgent
from google.adk.agents.invocation_context import InvocationContext
from google.adk.sessions import InMemorySessionService
from google.adk.tools.mcp_tool import McpToolset, StdioConnectionParams
from google.adk.tools.tool_context import ToolContext
from google.genai._mcp_utils import mcp_to_gemini_tools
from mcp import StdioServerParameters


async def context(toolset):
    sessions = InMemorySessionService()
    return ToolContext(InvocationContext(
        invocation_id="1", session_service=sessions, agent=LlmAgent(name="a", tools=[toolset]),
        session=await sessions.create_session(app_name="a", user_id="u")))


def toolset(environment):
    return McpToolset(connection_params=StdioConnectionParams(
        server_params=StdioServerParameters(command=common.BINARY, env=environment)))


async def main():
    with common.spark() as (fake, environment):
        made = toolset(environment)
        tools = {tool.name: tool for tool in await made.get_tools()}
        common.check_names(tools)
        for name, tool in tools.items():
            declaration = tool._get_declaration().model_dump(exclude_none=True)
            common.check_conversion(name, declaration.get("parameters") or declaration["parameters_json_schema"])
            [plain] = mcp_to_gemini_tools([tool.raw_mcp_tool])
            common.check_conversion(name, plain.function_declarations[0].parameters.model_dump(exclude_none=True))
        await common.converse(await caller(made, tools), fake)
        await made.close()
    with common.spark(SPARK_WAIT_SECONDS="20") as (fake, environment):
        made = toolset(environment)
        tools = {tool.name: tool for tool in await made.get_tools()}
        begun = time.monotonic()
        try:
            common.expect(await (await caller(made, tools))("submit-spark-job", common.JOB), "imed out")
        except Exception as error:
            common.expect("%s %r" % (error, error), "imed out")
        assert time.monotonic() - begun < 15
        await made.close()


async def caller(made, tools):
    told = await context(made)

    async def call(name, arguments):
        return await tools[name].run_async(args=arguments, tool_context=told)

    return call


asyncio.run(main())
