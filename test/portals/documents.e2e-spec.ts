import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { at, exchangesOf, expectAnswer, type Known, sent } from '../support/executed-document.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';

let program: TestApp;

beforeEach(async () => {
  program = await startApp({ SCOPES: 'openid profile' });
});
afterEach(() => program.close());

describe('docs/connecting', () => {
  it.each(readdirSync('docs/connecting'))(
    '%s says what happens, and has its template as it is delivered',
    async (page) => {
      const document = readFileSync(`docs/connecting/${page}`, 'utf8');
      const known: Known = new Map([['admin', adminToken]]);
      const exchanges = [...exchangesOf(document).values()].flat();
      expect(exchanges.length).toBeGreaterThan(4);
      for (const written of exchanges) {
        const exchange = at(program.url, written);
        try {
          expectAnswer(exchange, await sent(exchange, program.url, known), known);
        } catch (error) {
          throw new Error(`${exchange.method} ${exchange.path}: ${(error as Error).message}`, { cause: error });
        }
      }
      const made = exchanges.find(({ method, path }) => method === 'POST' && path === '/admin/templates');
      const name = page.replace('.md', '.json');
      expect(JSON.parse(made!.body)).toEqual(JSON.parse(readFileSync(`examples/templates/${name}`, 'utf8')));
    },
  );
});
