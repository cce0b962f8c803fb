// Runs the benchmark of trust inside wasm and prints one JSON line for each case: name, aim and the
// microseconds of one run, the least of many rounds and their median.
//
// Called by `make bench`: node tests/bench/trust.mjs MODULE
import { readFileSync } from "node:fs";

const ROUNDS = 41;
const ROUND_MS = 4;

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const { exports } = new WebAssembly.Instance(module, {});

function round(at, runs) {
  const start = performance.now();
  exports.run(at, runs);
  return performance.now() - start;
}

function nameOf(at) {
  const bytes = new Uint8Array(exports.memory.buffer, exports.name_at(at), exports.name_bytes(at));
  return new TextDecoder().decode(bytes);
}

const count = exports.prepare();
for (let at = 0; at < count; at += 1) {
  // Until V8 has compiled what is hot, and a round is long enough for the clock.
  for (let warm = 0; warm < 10; warm += 1) round(at, 20);
  let runs = 1;
  while (round(at, runs) < ROUND_MS) runs *= 2;
  const rounds = Array.from({ length: ROUNDS }, () => (round(at, runs) * 1000) / runs).sort((a, b) => a - b);
  const median = rounds[Math.floor(ROUNDS / 2)];
  console.log(JSON.stringify({ name: nameOf(at), aim_us: exports.aim(at), least_us: rounds[0], median_us: median }));
}
