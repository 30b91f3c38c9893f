import { setTimeout as wait } from 'node:timers/promises';
import { processEnvironment } from '../config/read-environment.js';
import { type RegistryAccess, registryAccess } from '../config/registry-access.js';
import type { Violation } from '../errors.js';

interface ErrorBody {
  readonly error?: string;
  readonly error_description?: string;
  readonly violations?: readonly Violation[];
}

/** What the program answered instead of doing what it was asked for, in words. */
export class RegistryRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly reasons: readonly string[],
  ) {
    super(reasons.join('; '));
  }
}

/** The program does not answer, or something else does. */
export class Unreachable extends Error {}

const patience = 5;

/** A running program, spoken to as any administrator does: same rules, same audit trail, whatever the database. */
export class Registry {
  constructor(private readonly access: RegistryAccess) {}

  get url(): string {
    return this.access.url;
  }

  get<T>(path: string): Promise<T> {
    return this.send<T>('GET', path);
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.send<T>('POST', path, body);
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.send<T>('PATCH', path, body);
  }

  /** The items of a list, page by page. */
  async *items<T>(path: string, query: Readonly<Record<string, string>>): AsyncGenerator<T> {
    let after: string | undefined;
    do {
      const parameters = new URLSearchParams({ ...query, ...(after !== undefined && { after }) });
      const page = await this.get<{ items: T[]; next?: string }>(`${path}?${parameters.toString()}`);
      yield* page.items;
      after = page.next;
    } while (after !== undefined);
  }

  /** What is answered without a token, and when: for whoever looks at the program from outside. */
  look(path: string): Promise<Look> {
    return look(this.url, path);
  }

  private async send<T>(method: string, path: string, body?: object): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.exchange(method, path, body);
      const text = await response.text();
      const answer = parsed(text);
      if (answer === undefined && text !== '')
        throw new Unreachable(`what answers at ${this.url} is not Clientele (${response.status}, no JSON)`);
      if (response.ok) return answer as T;
      // A limit of rates, or a data source that is away for a moment.
      if (![429, 503].includes(response.status) || attempt === patience) throw refusalOf(response.status, answer);
      await wait(1000 * Math.min(30, Number(response.headers.get('retry-after')) || 1));
    }
  }

  private async exchange(method: string, path: string, body?: object): Promise<Response> {
    try {
      return await fetch(this.url + path, {
        method,
        redirect: 'error',
        headers: {
          Authorization: `Bearer ${this.access.token}`,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw unreachable(this.url, error as Error);
    }
  }
}

/** What anybody sees at an address. */
export interface Look {
  readonly status: number;
  readonly text: string;
  /** The body, where it is a JSON object. */
  readonly document?: Readonly<Record<string, unknown>>;
  /** The clock of whoever answered. */
  readonly date: string | null;
}

const lookTimeout = 10_000;

/** Looks at an address as anybody does. Throws {@link Unreachable}. */
export async function look(base: string, path: string): Promise<Look> {
  try {
    const response = await fetch(base + path, { redirect: 'error', signal: AbortSignal.timeout(lookTimeout) });
    const text = await response.text();
    const document = parsed(text) as Record<string, unknown> | undefined;
    const { status, headers } = response;
    return { status, text, date: headers.get('date'), ...(document && { document }) };
  } catch (error) {
    throw unreachable(base, error as Error);
  }
}

/** The program that the options and the environment name. */
export const registryOf = ({ url }: { readonly url?: string }): Registry =>
  new Registry(registryAccess(processEnvironment(), url));

/** The address of a client for administrators. */
export const clientPath = (id: string): string => `/admin/clients/${encodeURIComponent(id)}`;

function unreachable(url: string, { cause }: Error): Unreachable {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return new Unreachable(
    `nothing answers at ${url}${code === undefined ? '' : ` (${code})`}; start the program there, or name another address with --url`,
  );
}

function refusalOf(status: number, answer: unknown): RegistryRefusal {
  const { error = 'error', error_description: description, violations = [] } = (answer ?? {}) as ErrorBody;
  const told = violations.map(({ member, message }) =>
    message.startsWith(member) ? message : `${member}: ${message}`,
  );
  const whole = told.length > 0 ? told : [description ?? `the answer is ${status}`];
  return new RegistryRefusal(
    status,
    error,
    status === 401 ? ['ADMIN_TOKEN is not the token of an administrator'] : whole,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
