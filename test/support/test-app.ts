import { randomBytes } from 'node:crypto';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/app.setup.js';
import { readEnvironment } from '../../src/config/read-environment.js';
import { FetchFailure } from '../../src/fetching/fetch-failure.js';
import { GuardedFetcher } from '../../src/fetching/guarded-fetcher.js';
import { freePort } from './free-port.js';
import { createDatabase, type TestDatabase } from './test-database.js';

export const adminToken = 'an-administrator-token-for-tests-only';

/** The real program on a fresh database, listening on loopback. */
export interface TestApp {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly database: TestDatabase;
  /** What can be fetched, by its address; everything else fails, and nothing leaves the process. */
  readonly documents: Map<string, unknown>;
  /** What was sent out, oldest first; nothing of it leaves the process, unless the settings allow somewhere. */
  readonly sent: { readonly address: string; readonly body?: string }[];
  close(): Promise<void>;
}

/**
 * Starts the program as an operator would, with `settings` in its environment, on a database of its own unless one is
 * given. One at a time: passport keeps its strategies for the whole process, so a program lets nobody in any more once a
 * later one has started.
 */
export async function startApp(settings: Record<string, string> = {}, given?: TestDatabase): Promise<TestApp> {
  const port = settings.PORT === undefined ? await freePort() : Number(settings.PORT);
  const database = given ?? (await createDatabase());
  const drop = () => (given ? Promise.resolve() : database.drop());
  try {
    const environment = readEnvironment({
      PORT: String(port),
      DATA_SOURCE_DEFAULT_URL: database.url,
      MIGRATE: 'on',
      ADMIN_TOKEN: adminToken,
      SECRET_KEY: randomBytes(32).toString('base64url'),
      LOG_LEVEL: 'silent',
      ...settings,
    });
    const app = await createApp(environment);
    const documents = new Map<string, unknown>();
    const sent: { address: string; body?: string }[] = [];
    app.get(GuardedFetcher).fetchJson = tableOf(documents);
    if (settings.FETCH_ALLOW === undefined)
      app.get(GuardedFetcher).send = (address, { body }) => {
        sent.push({ address, body });
        return Promise.resolve({ status: 204, headers: {}, body: Buffer.alloc(0) });
      };
    await app.listen(port, '127.0.0.1');
    const close = async () => {
      await app.close();
      await drop();
    };
    return { app, url: `http://localhost:${port}`, database, documents, sent, close };
  } catch (error) {
    await drop();
    throw error;
  }
}

const tableOf = (documents: ReadonlyMap<string, unknown>) => (address: string) =>
  documents.has(address)
    ? Promise.resolve({ document: documents.get(address), headers: {} })
    : Promise.reject(new FetchFailure('unresolved'));
