import { Agent, request as httpRequest } from 'node:http';

/** A request just as it is written. */
export interface Written {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body?: Uint8Array;
}

/** What came back, as it came. */
export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Sends a request over one connection that stays; over a new one where the server has closed it. */
export async function exchange(url: string, written: Written): Promise<Received> {
  for (let again = 0; ; again++)
    try {
      return await once(url, written);
    } catch (error) {
      const { code, isReused } = error as { code?: string; isReused?: boolean };
      if (again > 2 || !isReused || (code !== 'ECONNRESET' && code !== 'EPIPE')) throw error;
    }
}

function once(url: string, { method, path, headers, body }: Written): Promise<Received> {
  const { hostname, port, host } = new URL(url);
  const framed = ['Host', host, ...headers, ...(body ? ['Content-Length', String(body.length)] : [])];
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ hostname, port, method, path, headers: framed, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode = 0, headers: received } = response;
        resolve({ status: statusCode, headers: received, text: Buffer.concat(chunks).toString() });
      });
      response.on('error', reject);
    });
    outgoing.on('error', (error) => reject(Object.assign(error, { isReused: outgoing.reusedSocket })));
    outgoing.end(body);
  });
}

/** Closes the connection. */
export const hangUp = (): void => agent.destroy();
