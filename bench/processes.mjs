import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const started = new Set();
const folders = new Set();

// Also when the bench fails or is interrupted: no process and no folder of ours stays behind.
process.once('exit', () => {
  for (const child of started) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** A folder that is gone when the bench ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'clientele-bench-'));
  folders.add(folder);
  return folder;
}

/**
 * Starts a Node process with nothing in its environment but `environment`; it can send messages to us. What one that is
 * quiet says goes nowhere.
 */
export function start(nodeArguments, { environment = {}, folder, isQuiet = false }) {
  const child = spawn(process.execPath, nodeArguments, {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'ignore', isQuiet ? 'ignore' : 'inherit', 'ipc'],
  });
  started.add(child);
  child.once('exit', () => started.delete(child));
  return child;
}

/** Ends a process the polite way, and waits until it is gone. */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const lastResort = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(lastResort);
}

/** The next message of a process. Throws when it ends instead. */
export async function message(child) {
  const settled = new AbortController();
  const ended = once(child, 'exit', { signal: settled.signal }).then(() => {
    throw new Error('a server ended by itself');
  });
  try {
    return (await Promise.race([once(child, 'message', { signal: settled.signal }), ended]))[0];
  } finally {
    settled.abort();
  }
}

/** Waits until `url` answers. Throws when the process behind it ends instead, or after half a minute. */
export async function answering(child, url) {
  for (let attempt = 0; attempt < 1500 && child.exitCode === null; attempt += 1) {
    const answered = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('a server does not answer');
}

/** A port of the loopback interface that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
