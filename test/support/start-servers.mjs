import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { testedEngines } from './engines.mjs';

const keepers = [];

/** Starts a database server for each engine, and a cluster for Galera, for all the tests; `test-database.ts` finds it by its address. */
export default async function startServers() {
  await Promise.all(testedEngines.map(start));
}

/** Ends them, and waits until they are gone. */
export async function stopServers() {
  await Promise.all(
    keepers.map(async (keeper) => {
      keeper.stdin.end();
      if (keeper.exitCode === null) await once(keeper, 'exit');
    }),
  );
}

async function start(engine) {
  const options = [
    '--no-warnings',
    '--import',
    '@swc-node/register/esm-register',
    'test/support/keep-server.ts',
    engine,
    JSON.stringify({ durable: false }),
  ];
  const keeper = spawn(process.execPath, options, { stdio: ['pipe', 'pipe', 'inherit'] });
  keepers.push(keeper);
  for await (const address of createInterface(keeper.stdout)) {
    process.env[`TEST_SERVER_${engine.toUpperCase()}`] = address;
    return;
  }
  throw new Error(`the ${engine} server did not start`);
}
