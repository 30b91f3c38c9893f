import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

/** Stands where oidc-provider wants a secret to compare with; `authenticate` does that. */
const nobodysSecret = randomBytes(48).toString('base64url');

/** The clients of an oidc-provider, kept in Clientele: an adapter that finds them, and a check of their secrets. */
export class Clientele {
  #known = new Map();

  /** `token` is an API key with the scope `clients:lookup`. */
  constructor(url, token) {
    Object.assign(this, { url, token });
    void this.#follow();
  }

  /** An active client, as oidc-provider reads it. */
  async find(id) {
    if (this.#known.size > 10_000) this.#known.clear();
    if (!this.#known.has(id)) this.#known.set(id, this.#read(id));
    // Whoever is unknown or inactive may become active at any time.
    const client = await this.#known.get(id).catch((error) => (this.#known.delete(id), Promise.reject(error)));
    if (!client) this.#known.delete(id);
    return client;
  }

  async authenticate(id, client_secret) {
    return (await this.#ask(`/lookup/clients/${encodeURIComponent(id)}/authenticate`, { client_secret })).authenticated;
  }

  /** Clients that prove themselves by a key, or not at all, are used too, and must not expire as if they were not. */
  async used(client_id) {
    await this.#ask('/lookup/usage', { items: [{ client_id, last_used_at: Math.floor(Date.now() / 1000) }] });
  }

  async #read(id) {
    const client = await this.#ask(`/lookup/clients/${encodeURIComponent(id)}`);
    if (client?.status !== 'active') return undefined;
    return { ...client.metadata, client_id: id, ...(client.secrets.length > 0 && { client_secret: nobodysSecret }) };
  }

  /** Forgets clients as soon as they change, and all of them when it cannot know. */
  async #follow(next) {
    for (;;) {
      try {
        const changes = await this.#ask(`/lookup/changes${next ? `?wait=25&after=${next}` : ''}`);
        for (const { client_id } of changes.items) this.#known.delete(client_id);
        next = changes.next;
      } catch {
        this.#known.clear();
        await pause(1_000);
      }
    }
  }

  async #ask(path, body) {
    const headers = { authorization: `Bearer ${this.token}`, ...(body && { 'content-type': 'application/json' }) };
    const response = await fetch(
      this.url + path,
      body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers },
    );
    if (response.status === 404 || response.status === 410) return undefined;
    if (!response.ok) throw new Error(`Clientele answers ${response.status}`);
    return response.status === 204 ? undefined : response.json();
  }
}
