import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { at, exchangesOf, expectAnswer, filledIn, type Known, sent } from './support/executed-document.js';
import { send } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';
import { User } from './token-service/user.js';

const document = readFileSync('docs/connecting.md', 'utf8');

let program: TestApp;
let user: User;

/** Does what a section of the document says, one call after the other. */
async function execute(title: string, known: Known): Promise<void> {
  const exchanges = exchangesOf(document).get(title) ?? [];
  expect(exchanges.length).toBeGreaterThan(5);
  for (const written of exchanges) {
    const exchange = at(program.url, written);
    const { method, path } = exchange;
    const secret = known.get('client_secret');
    if (secret) known.set('basic', Buffer.from(`${known.get('client_id')}:${secret}`).toString('base64'));
    try {
      const isForUser = path.startsWith('/oauth/authorize');
      // The user agrees to what the pages ask, until the browser is sent back to the app.
      const came = isForUser
        ? await user.agree(program.url + filledIn(path, known))
        : await sent(exchange, program.url, known);
      expectAnswer(exchange, came, known);
    } catch (error) {
      throw new Error(`${method} ${path.slice(0, 60)}: ${(error as Error).message}`, { cause: error });
    }
  }
}

describe('docs/connecting.md', () => {
  describe('with the built-in token service', () => {
    beforeAll(async () => {
      program = await startApp({ SCOPES: 'openid profile offline_access orders:read' });
      user = new User(program, 'ada');
    });
    afterAll(() => program.close());

    it.each(['Mobile and desktop apps', 'API portals'])('says what happens: %s', async (title) => {
      await execute(title, new Map([['admin', adminToken]]));
    });

    it('says what happens, and how a token is checked: MCP servers', async () => {
      const known: Known = new Map([['admin', adminToken]]);
      await execute('MCP servers', known);
      const { body: keys } = await send('GET', `${program.url}/oauth/jwks`);
      const checks = { issuer: program.url, audience: 'https://mcp.example/', typ: 'at+jwt' };
      const { payload } = await jwtVerify(known.get('jwt')!, createLocalJWKSet(keys), checks);
      expect(payload.scope).toBe('mcp:tools');
    });
  });

  describe('with another authorization server', () => {
    const folder = mkdtempSync(join(tmpdir(), 'clientele-'));
    beforeAll(async () => {
      const file = join(folder, 'server.json');
      const server = {
        issuer: 'https://as.example',
        authorization_endpoint: 'https://as.example/authorize',
        token_endpoint: 'https://as.example/token',
        response_types_supported: ['code'],
        grant_types_supported: ['authorization_code', 'client_credentials'],
      };
      writeFileSync(file, JSON.stringify(server));
      program = await startApp({ TOKEN_SERVICE: 'off', SERVER_METADATA: file });
    });
    afterAll(async () => {
      await program.close();
      rmSync(folder, { recursive: true });
    });

    it('says what happens: Your own authorization server', async () => {
      await execute('Your own authorization server', new Map([['admin', adminToken]]));
    });

    it('shows the adapter as it is in the example', () => {
      const [, shown] = /clientele\.mjs -->\n```js\n(.*?)```/s.exec(document) ?? [];
      expect(shown).toBe(readFileSync('examples/oidc-provider/clientele.mjs', 'utf8'));
    });
  });
});
