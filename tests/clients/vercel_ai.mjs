// Makes the tools as the Vercel AI SDK's users do, and calls them: {"name", "arguments"} a line on standard input,
// {"text"} a line on standard output. The first line has what the OpenAI and Google providers would send of the schemas.
//
//     node vercel_ai.mjs FOLDER-OF-node_modules BINARY     the environment is the server's
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [folder, command] = process.argv.slice(2);
const require = createRequire(folder + "/any.js");
const { createMCPClient } = require("@ai-sdk/mcp");
const { Experimental_StdioMCPTransport: Stdio } = require("@ai-sdk/mcp/mcp-stdio");
const { generateText } = require("ai");
const { createOpenAI } = require("@ai-sdk/openai");
const { createGoogleGenerativeAI } = require("@ai-sdk/google");

const client = await createMCPClient({ transport: new Stdio({ command, env: process.env }) });
const tools = await client.tools();

async function sentBy(make, model) {
  let sent;
  const provider = make({ apiKey: "none", fetch: async (_, request) => {
    sent = JSON.parse(request.body);
    throw new Error("no network");
  } });
  await generateText({ model: provider(model), tools, prompt: "go", maxRetries: 0 }).catch(() => {});
  return sent.tools;
}

function say(value) {
  process.stdout.write(JSON.stringify(value) + "\n");
}

say({ openai: await sentBy(createOpenAI, "gpt-4o"), google: await sentBy(createGoogleGenerativeAI, "gemini-2.5-pro") });
for await (const line of createInterface({ input: process.stdin })) {
  const { name, arguments: given } = JSON.parse(line);
  const result = await tools[name].execute(given, { toolCallId: "1", messages: [] });
  say({ text: result.content.map((part) => part.text).join("\n") });
}
await client.close();
