import { failures } from '../../src/errors.js';
import { expectSame } from './fuzz.js';
import type { Received, Written } from './exchange.js';
import { isPlain } from './words.js';

/** What OAuth's own addresses may answer besides (RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628, RFC 8707, RFC 9126, RFC 9449). */
const oauthErrors = [
  ...[
    'invalid_client',
    'invalid_grant',
    'unauthorized_client',
    'unsupported_grant_type',
    'invalid_scope',
    'invalid_target',
  ],
  ...['unsupported_response_type', 'login_required', 'consent_required', 'interaction_required', 'invalid_request_uri'],
  ...['invalid_request_object', 'request_not_supported', 'request_uri_not_supported', 'registration_not_supported'],
  ...[
    'authorization_pending',
    'slow_down',
    'expired_token',
    'invalid_dpop_proof',
    'use_dpop_nonce',
    'unsupported_token_type',
  ],
  ...['invalid_authorization_details', 'unsupported_response_mode'],
];

/** Holds any answer to what each of ours promises, whatever was asked. */
export function expectAnswer({ method, path }: Written, { status, headers, text }: Received): void {
  if (status >= 500 || status < 200) throw new Error(`${status} ${text}`);
  if (/node_modules|\.ts:\d|\.js:\d|SQLITE|SELECT |INSERT /.test(text) && !path.startsWith('/docs'))
    throw new Error(text);
  const type = String(headers['content-type'] ?? '');
  if (type.startsWith('application/json') && text !== '') JSON.parse(text);
  if (status < 400) return;
  if (method === 'HEAD') return expectSame(text, '');
  // Pages are for people who sign in.
  if (path.startsWith('/oauth') && type.startsWith('text/html')) return;
  expectSame(type, 'application/json; charset=utf-8');
  expectSame(headers['cache-control'], 'no-store');
  const body = JSON.parse(text) as { error: keyof typeof failures; error_description: string; violations?: object[] };
  if (/^\/portals\/gloo(\/|$)/.test(path.replace(/\?.*$/s, ''))) {
    const { code, reason } = body as unknown as { code: number; reason: string };
    return expectSame([code, isPlain(reason)], [status, true]);
  }
  if (path.startsWith('/oauth'))
    return expectSame([...oauthErrors, ...Object.keys(failures)].includes(body.error), true);
  expectSame([body.error, failures[body.error]], [body.error, status]);
  expectSame(Object.keys(body), ['error', 'error_description', ...(body.violations ? ['violations'] : [])]);
  expectSame(isPlain(body.error_description), true);
  for (const violation of body.violations ?? []) {
    expectSame(Object.keys(violation), ['member', 'rule', 'message']);
    expectSame(
      Object.values(violation).every((part) => typeof part === 'string' && isPlain(part)),
      true,
    );
  }
  if (status === 401) expectSame(String(headers['www-authenticate']).startsWith('Bearer realm="clientele"'), true);
  if (status === 405) expectSame(typeof headers['allow'], 'string');
  if (status === 429 || status === 503) expectSame(/^\d+$/.test(String(headers['retry-after'])), true);
}
