"""CrewAI: MCPServerAdapter, which sends every argument, null for what is left out; its OpenAI schemas."""

import asyncio
import os

os.environ.update(CREWAI_DISABLE_TELEMETRY="true", OTEL_SDK_DISABLED="true")

import common
from crewai.utilities.agent_utils import convert_tools_to_openai_schema
from crewai_tools import MCPServerAdapter
from mcp import StdioServerParameters


def main():
    with common.spark() as (fake, environment):
        with MCPServerAdapter(StdioServerParameters(command=common.BINARY, env=environment)) as found:
            tools = {tool.name.replace("_", "-"): tool for tool in found}
            common.check_names(tools)
            for made in convert_tools_to_openai_schema(list(tools.values()))[0]:
                function = made["function"]
                common.check_conversion(function["name"].replace("_", "-"), function["parameters"])

            async def call(name, arguments):
                return tools[name].run(**arguments)

            asyncio.run(common.converse(call, fake))


main()
