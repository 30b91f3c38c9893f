import { query } from '../support/database.js';
import { initialAccessToken, register, send } from '../support/http.js';
import { saveTemplate } from '../support/templates.js';
import { adminToken, type TestApp } from '../support/test-app.js';
import type { Received, Written } from './exchange.js';
import type { Invented } from './requests.js';

interface OwnClient {
  readonly id: string;
  readonly token: string;
}

const unknownId = '0190b0a0-0000-7000-8000-000000000000';
const fewest = 20;

/** Where the things of an administrator are listed, by the parameter that names one of them. */
const lists = ['clients', 'initial-access-tokens', 'api-keys', 'accounts', 'trusted-issuers', 'templates'] as const;

/** What made-up requests can name: what is there, and what may come to harm by them. */
export class Pool {
  registrarId = '';
  private readonly clients: OwnClient[] = [];
  private readonly portals = new Map<string, string>();
  private readonly ids = new Map<string, string[]>();
  private written = 0;

  private constructor(
    private readonly program: TestApp,
    private readonly tokens: { readonly registrar: string; readonly manager: string },
  ) {}

  static async of(program: TestApp, tokens: { readonly registrar: string; readonly manager: string }): Promise<Pool> {
    const pool = new Pool(program, tokens);
    const [row] = await query<{ id: string }>(program, 'SELECT id FROM initial_access_tokens WHERE uses = 1000000');
    pool.registrarId = row!.id;
    for (const compatibility of ['kong', 'gloo']) {
      const access = { initial_access_token: true };
      await saveTemplate(program, { id: compatibility, compatibility, access, secrets: { recoverable: true } });
      const bounds = { template: compatibility, uses: 1_000, manages: true };
      pool.portals.set(compatibility, await initialAccessToken(program.url, bounds));
    }
    return pool;
  }

  /** Writes a request down as it is sent, with the credentials that it carries. */
  async write(invented: Invented): Promise<{ written: Written; credentials: readonly string[] }> {
    if (this.written++ % 500 === 0) await this.look();
    while (this.clients.length < fewest) await this.grow();
    const { method, caller, pick, query: search, headers, body, twist } = invented;
    const own = this.clients[pick % this.clients.length]!;
    const credential = {
      nobody: undefined,
      registrar: this.portals.get(invented.path.split('/')[2] ?? '') ?? this.tokens.registrar,
      client: own.token,
      manager: this.tokens.manager,
      administrator: adminToken,
      liar: liesOf(pick),
    }[caller];
    const path = this.place(invented, own) + twist + (search && `?${search}`);
    return {
      written: {
        method,
        path,
        headers: [
          ...(credential === undefined ? [] : ['Authorization', `Bearer ${credential}`]),
          ...(headers.includes('X-Forwarded-For') ? [] : ['X-Forwarded-For', addressOf(this.written)]),
          ...headers,
        ],
        ...(body && { body }),
      },
      credentials: caller === 'liar' || credential === undefined ? [] : [credential],
    };
  }

  /** Remembers what an answer made, and forgets what it ended. */
  note({ method, path }: Written, { status, text }: Received): void {
    if (method === 'POST' && status === 201 && path.startsWith('/register')) {
      const { client_id: id, registration_access_token: token } = JSON.parse(text) as Record<string, string>;
      if (token !== undefined && this.clients.length < 10 * fewest) this.clients.push({ id: id!, token });
    }
    // Whoever is let in nowhere any more makes room.
    const own = this.clients.findIndex(
      ({ id }) => path.startsWith(`/register/${id}`) || path.includes(`clients/${id}`),
    );
    if (own >= 0 && (status === 204 || status === 401)) this.clients.splice(own, 1);
  }

  private place({ path, parameters, pick, caller }: Invented, own: OwnClient): string {
    const list = lists.find((name) => path.startsWith(`/admin/${name}/`)) ?? 'clients';
    const known = this.ids.get(list) ?? [];
    return path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const given = parameters[name];
      if (given !== undefined) return given;
      if (name === 'template') return path.includes('kong') ? 'kong' : 'gloo';
      if (name === 'client_id' && (caller === 'client' || pick % 3 > 0)) return own.id;
      return known.length > 0 ? known[pick % known.length]! : unknownId;
    });
  }

  private async grow(): Promise<void> {
    const { body } = await register(this.program.url);
    this.clients.push({ id: body.client_id, token: body.registration_access_token });
  }

  /** Sees what there is to name; what everything else here rests upon is left alone. */
  private async look(): Promise<void> {
    await initialAccessToken(this.program.url);
    for (const list of lists) {
      const { body } = await send('GET', `${this.program.url}/admin/${list}?limit=200`, { token: adminToken });
      const ids = (body.items as { id?: string; client_id?: string }[]).map(({ id, client_id }) => id ?? client_id!);
      this.ids.set(
        list,
        ids.filter((id) => ![this.registrarId, 'anyone', 'default', 'kong', 'gloo'].includes(id)),
      );
    }
  }
}

const lies = ['', 'x', 'ciat_', 'crat_x', 'cadm_x', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.', 'a b', '"', 'a'.repeat(5_000)];
const liesOf = (pick: number) => lies[pick % lies.length]!;

const addressOf = (count: number) => `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`;
