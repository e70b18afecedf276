// A bare server of the official TypeScript SDK: it lists the tools of the files it is given, and
// nothing else. What it costs is what the SDK costs.

import { readFileSync } from "node:fs";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const tools = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")));
const server = new Server(
  { name: "typescript-sdk", version: "1" },
  { capabilities: { tools: {} } },
);

server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools }));
await server.connect(new StdioServerTransport());
