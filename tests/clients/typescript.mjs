// The official TypeScript client, either major version: takes a plan as JSON, prints what happened at each step.
// Usage: node typescript.mjs <folder with node_modules> <plan>. The eras are `legacy` and, for version 2, `modern`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, plan] = [process.argv[2], JSON.parse(process.argv[3])];
const require = createRequire(join(folder, 'package.json'));

/** What differs between the two majors: where things are, and how an era is chosen. */
function sdk() {
  const packages = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies;
  const [[name, version]] = Object.entries(packages);
  if (name === '@modelcontextprotocol/client') {
    const mode = plan.era === 'modern' ? { pin: '2026-07-28' } : 'legacy';
    return { version, options: { versionNegotiation: { mode } }, ...require(name) };
  }
  const { Client } = require(`${name}/client`);
  return { version, options: {}, Client, ...require(`${name}/client/streamableHttp.js`) };
}

async function step(client, what) {
  switch (what.do) {
    case 'tools':
      return { tools: (await client.listTools()).tools.map(tool => tool.name) };
    case 'call':
      return client.callTool({ name: what.tool, arguments: what.arguments ?? {} });
    case 'resource':
      return client.readResource({ uri: what.uri });
    case 'prompt':
      return client.getPrompt({ name: what.name, arguments: what.arguments ?? {} });
    default:
      throw new Error(`no such step: ${what.do}`);
  }
}

const { version, options, Client, StreamableHTTPClientTransport } = sdk();
const client = new Client({ name: 'tessera-tests', version: '1.0.0' }, options);
const headers = plan.token ? { authorization: `Bearer ${plan.token}` } : {};
await client.connect(new StreamableHTTPClientTransport(new URL(plan.url), { requestInit: { headers } }));
const steps = [];
for (const what of plan.steps) {
  try {
    steps.push(await step(client, what));
  } catch (error) {
    // What the SDK throws is the result.
    steps.push({ error: { code: error.code, message: error.message, type: error.constructor.name } });
  }
}
await client.close();
console.log(JSON.stringify({ version, steps }));
