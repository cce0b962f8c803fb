// The client that the MCP conformance suite tests, on the official TypeScript SDK 2: it lists everything a server has
// and uses it. Usage: node client.mjs <folder with node_modules> <url>. The suite says the rest in variables, and
// CONFORMANCE_GATE is the address of a proxy that goes where `x-envoy-original-dst-host` says.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, server] = process.argv.slice(-2);
const { MCP_CONFORMANCE_PROTOCOL_VERSION: revision, MCP_CONFORMANCE_CONTEXT: context, CONFORMANCE_GATE: gate } = process.env;
const { Client, StreamableHTTPClientTransport } = createRequire(join(folder, 'package.json'))('@modelcontextprotocol/client');

function transport() {
  const url = new URL(server);
  if (!gate) {
    return new StreamableHTTPClientTransport(url);
  }
  const headers = { 'x-envoy-original-dst-host': `127.0.0.1:${url.port}` };
  return new StreamableHTTPClientTransport(new URL(url.pathname, gate), { requestInit: { headers } });
}

/** The simplest arguments that fit a tool. */
function fitting({ properties = {}, required = [] }) {
  const value = { number: 2, integer: 2, boolean: true };
  return Object.fromEntries(required.map(name => [name, value[properties[name]?.type] ?? 'text']));
}

/** Goes on whatever a server answers: what the suite wants to see is what was sent. */
async function attempt(what) {
  try {
    return await what();
  } catch (error) {
    console.error(error.message);
    return undefined;
  }
}

const mode = revision === '2026-07-28' ? 'auto' : 'legacy';
const capabilities = { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} };
const client = new Client({ name: 'tessera-tests', version: '1.0.0' }, { capabilities, versionNegotiation: { mode } });
client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: {} }));
client.setRequestHandler('roots/list', async () => ({ roots: [] }));
const said = { role: 'assistant', model: 'none', content: { type: 'text', text: 'said' } };
client.setRequestHandler('sampling/createMessage', async () => said);
await client.connect(transport());

const has = client.getServerCapabilities() ?? {};
const tools = (await attempt(() => client.listTools()))?.tools ?? [];
const calls = context ? JSON.parse(context).toolCalls : undefined;
for (const call of calls ?? tools.map(tool => ({ name: tool.name, arguments: fitting(tool.inputSchema) }))) {
  await attempt(() => client.callTool(call));
}
if (has.resources) {
  for (const { uri } of (await attempt(() => client.listResources()))?.resources ?? []) {
    await attempt(() => client.readResource({ uri }));
  }
}
if (has.prompts) {
  for (const { name } of (await attempt(() => client.listPrompts()))?.prompts ?? []) {
    await attempt(() => client.getPrompt({ name }));
  }
}
await client.close();
