import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AdmissionService } from '../../src/admission/admission.service.js';
import type { Registrar } from '../../src/admission/registrar.js';
import { Trace } from '../../src/admission/trace.js';
import { type Compatibility, compatibilities } from '../../src/compatibility/portals.js';
import { extensionsOf } from '../../src/compatibility/extensions.js';
import { translated } from '../../src/compatibility/translate.js';
import { Refusal } from '../../src/errors.js';
import { saveTemplate } from '../support/templates.js';
import { startApp, type TestApp } from '../support/test-app.js';

let program: TestApp;

const portals = compatibilities.filter((name) => name !== 'strict');

beforeAll(async () => {
  program = await startApp({ SCOPES: 'openid orders:read orders:write' });
  for (const compatibility of portals) {
    const rules = { access: { initial_access_token: true }, secrets: { recoverable: true } };
    await saveTemplate(program, { id: compatibility, compatibility, ...rules });
    // The same template for who speaks the language of the standards.
    await saveTemplate(program, { id: `strict-${compatibility}`, extensions: extensionsOf(compatibility), ...rules });
  }
});
afterAll(() => program.close());

const listOf = (...entries: unknown[]) => fc.array(fc.constantFrom(...entries), { maxLength: 4 });
const one = (...values: unknown[]) => fc.constantFrom(...values);

/** What portals send, and what they might. */
const full = fc.record({
  client_name: one('Weather', null),
  redirect_uris: one(null, [], ['https://app.example/cb'], ['http://127.0.0.1/cb']),
  application_type: one('web', 'WEB', 'native', 'browser', 'BROWSER', 'service', 'Backend-To-Backend', 'm2m', 'x', 5),
  grant_types: fc.oneof(
    one(['client_credentials'], ['authorization_code'], null),
    listOf(
      'authorization_code',
      'client_credentials',
      'client-credentials',
      'refresh_token',
      'pkce',
      'none',
      'device_code',
    ),
  ),
  response_types: fc.oneof(listOf('code', 'token', 'id_token', 'it_token', 'none', 'code id_token'), one(null, 'code')),
  token_endpoint_auth_method: one('none', 'client_secret_basic', null),
  scope: fc.oneof(one('openid', 'orders:read', '', null), listOf('openid', 'orders:write', '', 7)),
  scopes: fc.oneof(one('openid', null, 3), listOf('openid', 'orders:read')),
  metadata: one({ tenant: 'acme' }, {}, 'acme', null),
  client_id: one(null, 'wanted'),
  client_id_issued_at: one(null, 1),
});

/** With a few members each, so that many of them are whole. */
const documents = full.chain((document) =>
  fc.subarray(Object.keys(document), { maxLength: 4 }).map((names): Record<string, unknown> => ({
    grant_types: ['client_credentials'],
    ...Object.fromEntries(Object.entries(document).filter(([name]) => names.includes(name))),
  })),
);

/** What a document comes to: the client, or all that is wrong with it. */
async function outcomeOf(template: string, document: Record<string, unknown>): Promise<unknown> {
  const registrar: Registrar = {
    record: { type: 'initial_access_token', token_id: 'a token' },
    actor: { type: 'initial_access_token', token_id: 'a token' },
    templateId: template,
    bounds: {},
    verification: 'vouched',
  };
  try {
    return {
      ...(await program.app.get(AdmissionService, { strict: false }).admit(document, registrar, new Trace(true)))
        .metadata,
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.body;
  }
}

describe.each(portals)('%s', (compatibility: Compatibility) => {
  it('gets the client that a strict template gives for the translation, or the same refusal', async () => {
    let registrations = 0;
    await fc.assert(
      fc.asyncProperty(documents, async (document) => {
        const meant = translated(document, compatibility, {}, () => {});
        const outcome = await outcomeOf(compatibility, document);
        if (typeof outcome === 'object' && outcome && !('error' in outcome)) registrations += 1;
        expect(outcome).toEqual(await outcomeOf(`strict-${compatibility}`, meant));
      }),
      { numRuns: 200 },
    );
    expect(registrations).toBeGreaterThan(20);
  });

  it('is translated once and for all', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const meant = translated(document, compatibility, { clientId: 'it' }, () => {});
        expect(translated(meant, compatibility, { clientId: 'it' }, () => {})).toBe(meant);
      }),
      { numRuns: 500 },
    );
  });
});
