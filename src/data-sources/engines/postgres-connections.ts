import type { EventEmitter } from 'node:events';
import pg, { type Client, type ClientBase, type ClientConfig, type PoolConfig } from 'pg';
import { QueryFailedError } from 'typeorm';
import type { Answer, Way } from './direct-statements.js';
import { patience } from './engine.js';
import { nameOfRepeated } from './repeated-statements.js';

/** The server takes no writes: it was made a standby of another one. */
const readOnly = '25006';

interface Host {
  readonly host: string;
  readonly port: number;
}

/** Pools whose new connections go to the host that is current then, and are ready for the program. */
export function poolClass(current: () => Host): typeof pg.Pool {
  /** The pool gives each connection as long as a place in its line; a host that does not answer is left sooner. */
  class Client extends pg.Client {
    constructor(config: ClientConfig) {
      super(Object.create(config, { connectionTimeoutMillis: { value: patience.connect } }) as ClientConfig);
    }
  }
  return class Pool extends pg.Pool {
    constructor(config: PoolConfig) {
      super({ ...config, Client: Client as never });
      // A connection may fail once more when it has been given back, and nobody else listens then.
      this.on('connect', (connection) => {
        connection.on('error', () => undefined);
        leaveReadOnlyHost(connection);
        keepParsed(connection);
      });
      Object.defineProperties((this as unknown as { options: object }).options, {
        host: { get: () => current().host, enumerable: true },
        port: { get: () => current().port, enumerable: true },
      });
    }
  };
}

/** Ends a connection whose host only reads, so that the next one goes to the host that is current then. */
function leaveReadOnlyHost(client: ClientBase): void {
  const { connection } = client as unknown as { connection: EventEmitter };
  connection.on('errorMessage', ({ code }: { code?: string }) => {
    if (code === readOnly) void (client as Client).end();
  });
}

/** Lets the server keep what it made of a statement that comes again and again. */
function keepParsed(client: ClientBase): void {
  const query = client.query.bind(client) as (...all: unknown[]) => unknown;
  const named = (text: unknown, values: unknown, ...rest: unknown[]): unknown => {
    const name = typeof text === 'string' && Array.isArray(values) ? nameOfRepeated(text) : undefined;
    return name === undefined ? query(text, values, ...rest) : query({ name, text, values }, ...rest);
  };
  Object.assign(client, { query: named });
}

/** Hands statements to the driver, on a connection of the pool unless they belong to a transaction. */
export const wayThrough =
  (pool: pg.Pool): Way =>
  async (text, values, transaction) => {
    if (transaction) return ask((await transaction.connect()) as ClientBase, text, values);
    const client = await pool.connect();
    try {
      return await ask(client, text, values);
    } finally {
      client.release();
    }
  };

/** Asks on a connection that its caller holds. */
export async function ask(client: ClientBase, text: string, values: readonly unknown[]): Promise<Answer> {
  try {
    const name = nameOfRepeated(text);
    const { rows, rowCount } = await client.query<unknown[]>({ name, text, values: [...values], rowMode: 'array' });
    return { rows, affected: rowCount ?? 0 };
  } catch (error) {
    throw new QueryFailedError(text, [...values], error as Error);
  }
}
