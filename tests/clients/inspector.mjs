// The MCP inspector's command line: one session for every step, as in a shell script.
// Usage: node inspector.mjs <folder with node_modules> <plan>.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, plan] = [process.argv[2], JSON.parse(process.argv[3])];
const home = join(folder, 'node_modules/@modelcontextprotocol/inspector');

const caller = plan.token ? ['--header', `Authorization: Bearer ${plan.token}`] : [];

function inspect(...args) {
  const cli = [join(home, 'clients/launcher/build/index.js'), '--cli', plan.url, '--transport', 'http', ...caller, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, cli, { encoding: 'utf8' });
  // The exit code says what happened: 0 a result, 5 a result that says error.
  if (status !== 0 && status !== 5) {
    return { error: { code: status, message: stdout + stderr } };
  }
  return JSON.parse(stdout);
}

function step(what) {
  if (what.do === 'tools') {
    const { tools, error } = inspect('--method', 'tools/list');
    return error ? { error } : { tools: tools.map(tool => tool.name) };
  }
  const given = Object.entries(what.arguments ?? {}).map(([key, value]) => `${key}=${value}`);
  const pairs = given.length ? ['--tool-arg', ...given] : [];
  return inspect('--method', 'tools/call', '--tool-name', what.tool, ...pairs);
}

const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
console.log(JSON.stringify({ version, steps: plan.steps.map(step) }));
