import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/app.setup.js';
import { readEnvironment } from '../../src/config/read-environment.js';

export const adminToken = 'an-administrator-token-for-tests-only';

/** The real program on a fresh database, listening on loopback. */
export interface TestApp {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly folder: string;
  close(): Promise<void>;
}

/**
 * Starts the program as an operator would, with `settings` in its environment. One at a time: passport keeps its
 * strategies for the whole process, so a program lets nobody in any more once a later one has started.
 */
export async function startApp(settings: Record<string, string> = {}): Promise<TestApp> {
  const folder = settings.FOLDER ?? mkdtempSync(join(tmpdir(), 'clientele-'));
  const port = await freePort();
  const environment = readEnvironment({
    PORT: String(port),
    DATA_SOURCE_DEFAULT_URL: `sqlite:${join(folder, 'clientele.db')}`,
    ADMIN_TOKEN: adminToken,
    SECRET_KEY: randomBytes(32).toString('base64url'),
    LOG_LEVEL: 'silent',
    ...settings,
  });
  const app = await createApp(environment);
  await app.listen(port, '127.0.0.1');
  return {
    app,
    url: `http://localhost:${port}`,
    folder,
    close: async () => {
      await app.close();
      if (settings.FOLDER === undefined) rmSync(folder, { recursive: true });
    },
  };
}

/**
 * A port that nobody listens on just now, below those that the system gives to outgoing connections: one of them would
 * take the port of a server that a test has killed.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) =>
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)),
    );
    if (!isFree) continue;
    await new Promise((closed) => server.close(closed));
    return port;
  }
}
