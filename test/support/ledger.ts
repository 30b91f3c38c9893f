import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, patiently, send } from './http.js';
import type { Sql } from './sql.js';
import { adminToken } from './test-app.js';

type Document = Record<string, unknown>;

/** One state of a registration, by what was sent; `shown` is what the answer said, if there was one. */
interface State {
  readonly sent: Document;
  readonly shown?: Document;
}

/** A registration that was acknowledged, and all that may be stored of it now: in this order, the last acknowledged first. */
interface Entry {
  readonly clientId: string;
  readonly token: string;
  possible: (State | 'deleted')[];
  acknowledged: number;
  unknown: number;
}

type Method = 'POST' | 'PUT' | 'GET' | 'DELETE';

interface Line {
  readonly method: Method;
  readonly marker: string;
  /** A status, or why there was none; absent while the answer is out. */
  answer?: number | string;
}

/**
 * A client of the service that remembers what it was told. It writes down each request before it is sent and the answer
 * when it comes: acknowledged (2xx), refused (4xx, or never sent), or unknown (5xx, or no answer). From that follows what
 * has to be stored, whatever was killed in the meantime.
 */
export class Ledger {
  readonly lines: Line[] = [];
  /** What contradicted an acknowledgement while it ran. */
  readonly violations: string[] = [];
  readonly statuses: Record<string, number> = {};
  /** Of all answers, in milliseconds. */
  slowest = 0;
  private readonly entries: Entry[] = [];
  private readonly unknownRegistrations = new Set<string>();
  /** Unknown registrations that had an Idempotency-Key, their marker. */
  private readonly repeatable = new Map<string, Document>();
  private isStopped = false;
  private running: Promise<unknown> = Promise.resolve();
  private serial = 0;

  private constructor(
    private readonly urls: readonly string[],
    private readonly token: string,
    private readonly tokenId: string,
    private readonly seed: number,
  ) {}

  /** Makes a ledger with an initial access token of its own; each request goes to one of the instances. */
  static async open(urls: readonly string[], seed = 7591): Promise<Ledger> {
    const json = { uses: 1_000_000 };
    const { body } = await send('POST', `${urls[0]}/admin/initial-access-tokens`, { token: adminToken, json });
    return new Ledger(urls, body.token, body.id, seed);
  }

  get acknowledged(): number {
    return this.lines.filter(({ answer }) => typeof answer === 'number' && answer < 300).length;
  }

  get unknown(): number {
    return this.lines.filter(({ answer }) => answer === 'unknown' || (typeof answer === 'number' && answer >= 500))
      .length;
  }

  /** Begins to send, from as many callers at once. */
  run(callers: number): void {
    this.isStopped = false;
    this.running = Promise.all(Array.from({ length: callers }, (_, caller) => this.call(random(this.seed + caller))));
  }

  /** Sends nothing more, and waits for the answers that are still out. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running;
  }

  /** Waits for the next acknowledgement, and answers after how many milliseconds it came. */
  async nextAcknowledgement(within = 60_000): Promise<number> {
    const [begun, from] = [Date.now(), this.lines.length];
    for (;;) {
      const later = this.lines.slice(from);
      if (later.some(({ answer }) => typeof answer === 'number' && answer < 300)) return Date.now() - begun;
      if (Date.now() - begun > within) throw new Error(`nothing is acknowledged: ${JSON.stringify(this.statuses)}`);
      await wait(10);
    }
  }

  /**
   * Asks again, twice at once, for each registration with an Idempotency-Key whose answer was lost; answers how many there
   * were. What comes back is acknowledged.
   */
  async askAgain(): Promise<number> {
    for (const [marker, sent] of this.repeatable) {
      const [url] = this.urls;
      const ask = () =>
        patiently(() =>
          send('POST', `${url}/register`, { token: this.token, json: sent, headers: { 'idempotency-key': marker } }),
        );
      const [answer, other] = await Promise.all([ask(), ask()]);
      if (answer.status !== 201) this.unexpected('POST', answer);
      else if (answer.text !== other.text) this.violations.push(`${marker}: ${answer.text} and ${other.text}`);
      else this.remember(sent, answer);
      this.unknownRegistrations.delete(marker);
    }
    return this.repeatable.size;
  }

  /** Holds what is stored to what was acknowledged; answers what is wrong. */
  async check(sql: Sql): Promise<string[]> {
    const wrong = [...this.violations];
    const left = [...this.entries];
    const readers = Array.from({ length: 16 }, async () => {
      for (let entry = left.pop(); entry; entry = left.pop()) wrong.push(...(await this.checkEntry(entry)));
    });
    await Promise.all(readers);
    return [...wrong, ...(await this.checkRows(sql))];
  }

  private async call(pick: () => number): Promise<void> {
    const own: Entry[] = [];
    while (!this.isStopped) {
      const url = this.urls[Math.floor(pick() * this.urls.length)]!;
      const entry = own[Math.floor(pick() * own.length)];
      const what = pick();
      const marker = `m${this.seed}-${++this.serial}`;
      if (!entry || what < 0.4) {
        const made = await this.register(url, marker, pick);
        if (made) own.push(made);
      } else if (what < 0.65) await this.replace(url, entry, marker, pick);
      else if (what < 0.9) await this.read(url, entry, marker);
      else await this.delete(url, entry, marker);
      // Now and then one that is gone is asked for again.
      if (entry?.possible.at(-1) === 'deleted' && pick() < 0.5) own.splice(own.indexOf(entry), 1);
    }
  }

  private async register(url: string, marker: string, pick: () => number): Promise<Entry | undefined> {
    const sent = documentOf(marker, pick);
    const key = pick() < 0.5 ? { 'idempotency-key': marker } : undefined;
    const answer = await this.send('POST', `${url}/register`, marker, this.token, sent, key);
    if (answer === 'unknown') {
      this.unknownRegistrations.add(marker);
      if (key) this.repeatable.set(marker, sent);
    }
    if (typeof answer === 'string') return undefined;
    if (answer.status !== 201) return this.unexpected('POST', answer);
    return this.remember(sent, answer);
  }

  private remember(sent: Document, answer: Answer): Entry {
    const { client_id: clientId, registration_access_token: token } = answer.body;
    const entry = { clientId, token, possible: [{ sent, shown: shownBy(answer) }], acknowledged: 1, unknown: 0 };
    this.entries.push(entry);
    return entry;
  }

  private async replace(url: string, entry: Entry, marker: string, pick: () => number): Promise<void> {
    const sent = documentOf(marker, pick);
    const json = { client_id: entry.clientId, ...sent };
    const answer = await this.send('PUT', addressOf(url, entry), marker, entry.token, json);
    if (answer === 'unknown') {
      entry.possible.push({ sent });
      entry.unknown++;
    }
    if (typeof answer === 'string') return;
    if (answer.status === 401) return this.gone(entry, 'PUT');
    if (answer.status !== 200) return void this.unexpected('PUT', answer);
    if (!entry.possible.some((state) => state !== 'deleted')) this.violations.push(`${entry.clientId}: PUT revived it`);
    entry.possible = [{ sent, shown: shownBy(answer) }];
    entry.acknowledged++;
  }

  private async read(url: string, entry: Entry, marker: string): Promise<void> {
    const answer = await this.send('GET', addressOf(url, entry), marker, entry.token);
    if (typeof answer === 'string') return;
    if (answer.status === 401) return this.gone(entry, 'GET');
    if (answer.status !== 200) return void this.unexpected('GET', answer);
    this.saw(entry, answer);
  }

  private async delete(url: string, entry: Entry, marker: string): Promise<void> {
    const wasDeleted = entry.possible.every((state) => state === 'deleted');
    const answer = await this.send('DELETE', addressOf(url, entry), marker, entry.token);
    if (answer === 'unknown') {
      entry.possible.push('deleted');
      entry.unknown++;
    }
    if (typeof answer === 'string') return;
    if (answer.status === 401) return this.gone(entry, 'DELETE');
    if (answer.status !== 204) return void this.unexpected('DELETE', answer);
    if (wasDeleted) this.violations.push(`${entry.clientId}: deleted twice`);
    entry.possible = ['deleted'];
    entry.acknowledged++;
  }

  /** Its token lets nobody in any more, which only a deletion may do. */
  private gone(entry: Entry, method: Method): void {
    if (entry.possible.includes('deleted')) entry.possible = ['deleted'];
    else this.violations.push(`${entry.clientId}: ${method} answered 401 although it was not deleted`);
  }

  /** What is shown rules out all that was sent before it. */
  private saw(entry: Entry, answer: Answer): void {
    const index = entry.possible.findLastIndex((state) => state !== 'deleted' && isOf(state, answer));
    if (index < 0)
      this.violations.push(
        `${entry.clientId}: shows ${answer.body.client_name}, not one of ${JSON.stringify(entry.possible)}`,
      );
    else entry.possible = entry.possible.slice(index);
  }

  private unexpected(method: Method, { status, text }: Answer): undefined {
    this.violations.push(`${method} answered ${status} ${text}`);
  }

  private async send(
    method: Method,
    url: string,
    marker: string,
    token: string,
    json?: Document,
    headers?: Record<string, string>,
  ): Promise<Answer | 'refused' | 'unknown'> {
    const line: Line = { method, marker };
    this.lines.push(line);
    const begun = Date.now();
    try {
      const answer = await send(method, url, { token, json, headers });
      line.answer = answer.status;
      if (answer.status >= 500) await wait(20);
      // A fault of the program's own is none of those that were brought about.
      if (answer.status >= 500 && answer.status !== 503) this.unexpected(method, answer);
      return answer.status >= 500 ? 'unknown' : answer;
    } catch (error) {
      line.answer = wasNeverSent(error) ? 'refused' : 'unknown';
      await wait(20);
      return line.answer as 'refused' | 'unknown';
    } finally {
      this.slowest = Math.max(this.slowest, Date.now() - begun);
      const outcome = `${method} ${line.answer}`;
      this.statuses[outcome] = (this.statuses[outcome] ?? 0) + 1;
    }
  }

  private async checkEntry(entry: Entry): Promise<string[]> {
    const answer = await patiently(() => send('GET', addressOf(this.urls[0]!, entry), { token: entry.token }));
    const before = this.violations.length;
    if (answer.status === 200) this.saw(entry, answer);
    else if (answer.status === 401) this.gone(entry, 'GET');
    else return [`${entry.clientId}: GET answered ${answer.status}`];
    return this.violations.splice(before);
  }

  private async checkRows(sql: Sql): Promise<string[]> {
    const wrong: string[] = [];
    const clients = await sql.query<{
      client_id: string;
      status: string;
      metadata: string;
      version: number;
      registrar_token_id: string;
    }>(
      `SELECT client_id, status, metadata, version, registrar_token_id FROM clients WHERE registrar_token_id = '${this.tokenId}'`,
    );
    const events = await sql.query<{ client_id: string; action: string; n: number }>(
      `SELECT client_id, action, COUNT(*) AS n FROM audit_events WHERE outcome = 'done' AND client_id IN (SELECT client_id FROM clients WHERE registrar_token_id = '${this.tokenId}') GROUP BY client_id, action`,
    );
    const uses = await sql.query<{ token_id: string; used: number }>(
      `SELECT token_id, SUM(used) AS used FROM initial_access_token_uses WHERE token_id = '${this.tokenId}' GROUP BY token_id`,
    );
    const byClient = new Map<string, Record<string, number>>();
    for (const { client_id, action, n } of events)
      byClient.set(client_id, { ...byClient.get(client_id), [action]: Number(n) });

    const known = new Map(this.entries.map((entry) => [entry.clientId, entry]));
    const seen = new Set<string>();
    const made = new Map<string, number>();
    for (const { client_id, status, metadata, version, registrar_token_id } of clients) {
      made.set(registrar_token_id, (made.get(registrar_token_id) ?? 0) + 1);
      const entry = known.get(client_id);
      const name = String((JSON.parse(metadata) as Document).client_name);
      if (entry) {
        const most = entry.acknowledged + entry.unknown;
        if (version < entry.acknowledged || version > most)
          wrong.push(`${client_id}: version ${version}, not ${entry.acknowledged} to ${most}`);
      } else if (!this.unknownRegistrations.has(name)) wrong.push(`${client_id}: nobody was told of ${name}`);
      if (!entry && seen.has(name)) wrong.push(`${client_id}: a duplicate of ${name}`);
      seen.add(name);
      const { [`client.registered`]: registered, ...rest } = byClient.get(client_id) ?? {};
      const changes = Object.values(rest).reduce((sum, n) => sum + n, registered ?? 0);
      if (registered !== 1 || changes !== Number(version))
        wrong.push(`${client_id}: ${changes} events, ${registered} of its registration, for version ${version}`);
      if ((rest['client.deleted'] ?? 0) !== (status === 'deleted' ? 1 : 0))
        wrong.push(`${client_id}: is ${status} after ${rest['client.deleted'] ?? 0} deletions`);
      known.delete(client_id);
      byClient.delete(client_id);
    }
    for (const clientId of known.keys()) wrong.push(`${clientId}: was acknowledged, and is lost`);
    for (const clientId of byClient.keys()) wrong.push(`${clientId}: has events, and does not exist`);
    for (const { token_id, used } of uses)
      if (Number(used) !== (made.get(token_id) ?? 0))
        wrong.push(`initial access token ${token_id}: ${used} uses, ${made.get(token_id) ?? 0} clients`);
    return wrong;
  }
}

const addressOf = (url: string, { clientId }: Entry): string => `${url}/register/${clientId}`;

/** Metadata that agrees with itself, so that a mix of two documents can be told. */
function documentOf(marker: string, pick: () => number): Document {
  return {
    client_name: marker,
    redirect_uris: Array.from({ length: 1 + Math.floor(pick() * 3) }, (_, n) => `https://${marker}.example/${n}`),
    client_uri: `https://${marker}.example/`,
    contacts: [`${marker}@example.com`],
    software_version: marker,
  };
}

/** What is registered, as an answer shows it, without its credentials. */
function shownBy({ body }: Answer): Document {
  const { client_secret, registration_access_token, registration_client_uri, ...rest } = body as Document;
  return rest;
}

function isOf({ sent, shown }: State, answer: Answer): boolean {
  const now = shownBy(answer);
  const wanted = shown ?? { ...now, ...sent };
  return JSON.stringify(sorted(now)) === JSON.stringify(sorted(wanted));
}

const sorted = (document: Document) => Object.entries(document).sort(([a], [b]) => (a < b ? -1 : 1));

/** Whether no byte of a request can have arrived. */
function wasNeverSent(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: string } };
  return cause?.code === 'ECONNREFUSED';
}

/** Mulberry32: the same numbers for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
