import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { initialAccessToken, send, type Sending } from './support/http.js';
import { adminToken, startApp } from './support/test-app.js';
import { createDatabase } from './support/test-database.js';

/**
 * One fixed series of requests, sent to a program on SQLite and to one on the engine under test: the answers are equal
 * byte for byte, but for ids, times and credentials, which are numbered in the order in which they are first seen.
 */
it('answers as on SQLite, byte for byte', async () => {
  const expected = await transcriptOn('sqlite');
  const found = await transcriptOn(engine);
  expect(expected.length).toBeGreaterThan(100);
  expect(found).toEqual(expected);
});

type Information = Readonly<Record<string, string>>;

const headersThatMatter = ['allow', 'cache-control', 'content-type', 'etag', 'link', 'location', 'www-authenticate'];
const callback = { redirect_uris: ['https://app.example/callback'] };
const { n, e } = generateKeyPairSync('rsa', { modulusLength: 4096 }).publicKey.export({ format: 'jwk' });

/** Texts that an engine may fold, pad, cut, normalise or refuse. */
const texts: Readonly<Record<string, string>> = {
  'emoji and joiners': 'Wetter 🌦️ 👩🏽‍🚀 🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  'every plane': [0x41, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0x10000, 0x1f600, 0x20000, 0x30000, 0xe0100, 0xf0000]
    .map((point) => String.fromCodePoint(point))
    .join('x'),
  'the last code point': 'a\u{10fffd}b',
  'right to left': 'مرحبا שלום',
  'combined and precomposed': 'e\u0301 é ﬁ Å Å',
  'cases that fold oddly': 'İstanbul ıI ßẞ Σσςΐΐ',
  'trailing blanks': 'Weather   ',
  'leading blanks': '   Weather',
  'trailing blank of another kind': 'Weather\u3000',
  'backslashes and quotes': `\\ \\\\ \\0 \\' ' '' " \` ; -- /* */ % _ ? $1 :name {}`,
  'a byte order mark inside': 'a\ufeffb',
  'a lone surrogate': 'a\ud800b',
  'a NUL': 'a\0b',
  'a number': '1e400',
  empty: '',
  '255 characters': 'a'.repeat(255),
  '256 characters': 'a'.repeat(256),
  '257 characters': 'a'.repeat(257),
  '256 emoji': '😀'.repeat(256),
  '128 emoji': '😀'.repeat(128),
  '85 characters of three bytes': '…'.repeat(256),
};

/** Documents as large as bodies may be, and larger once they are stored. */
const documents: Readonly<Record<string, object>> = {
  '100 redirect URIs': {
    redirect_uris: Array.from({ length: 100 }, (_, at) => `https://app.example/${'p'.repeat(200)}/${at}`),
  },
  '101 redirect URIs': { redirect_uris: Array.from({ length: 101 }, (_, at) => `https://app.example/${at}`) },
  'names in many languages': {
    ...callback,
    ...Object.fromEntries(
      Array.from({ length: 16 }, (_, at) => [`client_name#x-${String(at).padStart(4, '0')}`, '😀'.repeat(100)]),
    ),
  },
  'many keys': {
    ...callback,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: Array.from({ length: 20 }, (_, at) => ({ kty: 'RSA', use: 'sig', kid: `k${at}`, n, e })) },
  },
  'texts that grow when they are stored': {
    ...callback,
    ...Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`client_name#x-${at + 1000}`, '"\\'.repeat(120)])),
  },
  'as long as a body may be': {
    redirect_uris: Array.from({ length: 32 }, (_, at) => `https://app.example/${at}/${'p'.repeat(2017)}`),
  },
  'longer than a body may be': { ...callback, client_name: 'a'.repeat(70_000) },
  'nested members that nobody knows': { ...callback, unknown: { a: [1, [2, { b: null }]] }, '\u{1f600}': 'x' },
};

async function transcriptOn(kind: typeof engine): Promise<string[]> {
  const database = await createDatabase(kind);
  const program = await startApp({}, database);
  const lines: string[] = [];
  const known = new Map<string, string>();
  const placeholder = (label: string) => (text: string) => {
    if (!known.has(text)) known.set(text, `<${label} ${known.size}>`);
    return known.get(text)!;
  };
  const settled = (text: string) =>
    text
      .replaceAll(program.url, '<url>')
      .replace(/"next":"[\w-]+"|after=[\w-]+/g, placeholder('cursor'))
      .replace(/c(?:iat|rat)_[\w-]{43}/g, placeholder('token'))
      .replace(/(?<="client_secret":")[\w-]{64}/g, placeholder('secret'))
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, placeholder('id'))
      // Usage is written behind the answers: whether it is there yet says how fast the requests went.
      .replace(/,"last_used_at":\d+/g, '')
      .replace(/(?<="\w+_(?:at|from)":)[1-9]\d{9}/g, '<time>');

  const tell = async (what: string, method: string, url: string, sending: Sending = {}) => {
    const answer = await send(method, url, sending);
    const headers = headersThatMatter.map((name) => `${name}: ${answer.headers.get(name)}`);
    lines.push(settled(`${method}: ${what}`), settled([answer.status, ...headers, answer.text].join('\n')));
    return answer;
  };
  const admin = (what: string, method: string, path: string, json?: unknown) =>
    tell(what, method, `${program.url}${path}`, { token: adminToken, json });
  const manage = (what: string, method: string, one: Information, json?: unknown) =>
    tell(what, method, one.registration_client_uri!, { token: one.registration_access_token, json });
  const create = (what: string, json: object, token: string) =>
    tell(what, 'POST', `${program.url}/register`, { token, json });

  try {
    const token = await initialAccessToken(program.url, { uses: 500, label: 'for all' });

    for (const [what, json] of Object.entries(documents)) {
      const { status, body } = await create(what, json, token);
      if (status !== 201) continue;
      await manage(`read ${what}`, 'GET', body);
      await manage(`replace by ${what}`, 'PUT', body, { ...json, client_id: body.client_id });
      await admin(`look up ${what}`, 'GET', `/lookup/clients/${body.client_id}`);
    }

    const replaced = (await create('a client', { ...callback, client_name: 'Weather' }, token)).body;
    for (const [what, client_name] of Object.entries(texts)) {
      const json = { ...callback, client_name, contacts: [client_name], software_id: client_name };
      const named = { ...callback, client_name };
      await create(`all of ${what}`, json, token);
      const { status, body } = await create(what, named, token);
      if (status === 201) await manage(`read ${what}`, 'GET', body);
      await manage(`rename to ${what}`, 'PUT', replaced, { ...named, client_id: replaced.client_id });
      const bounds = { label: client_name, owner: client_name };
      const made = await admin(`label ${what}`, 'POST', '/admin/initial-access-tokens', bounds);
      if (made.status === 201) await admin(`read ${what}`, 'GET', `/admin/initial-access-tokens/${made.body.id}`);
    }

    const { client_id: id, client_secret: secret } = replaced;
    const spent = await admin('a token', 'POST', '/admin/initial-access-tokens', { label: 'once' });
    await create('once', callback, spent.body.token);
    await create('twice', callback, spent.body.token);
    await create('another case', callback, token.toUpperCase().replace('CIAT', 'ciat'));
    const spellings: Record<string, (text: string) => string> = {
      'in capitals': (text) => text.toUpperCase(),
      'with a blank': (text) => `${text}%20`,
      'with a blank before': (text) => `%20${text}`,
      'with a no-break space': (text) => `${text}%C2%A0`,
      'with a NUL': (text) => `${text}%00`,
      'with a zero-width joiner': (text) => `${text}%E2%80%8D`,
      'with a percent sign': () => '%25',
      'with an underscore': (text) => text.replace(/^./, '_'),
      'with an emoji': (text) => `${text}%F0%9F%98%80`,
      'with what is no UTF-8': (text) => `${text}%FF`,
      'with a quote': (text) => `${text}%27`,
      'with a backslash': (text) => `${text}%5C`,
      'cut off': (text) => text.slice(0, -1),
      'of 300 characters': () => 'x'.repeat(300),
      'in letters as wide as their cell': (text) =>
        encodeURIComponent(text.replace(/[a-f]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0))),
    };
    const managing = await initialAccessToken(program.url, { manages: true });
    for (const [how, spell] of Object.entries(spellings)) {
      await admin(`look up ${how}`, 'GET', `/lookup/clients/${spell(id)}`);
      const json = { client_secret: secret };
      await admin(`authenticate ${how}`, 'POST', `/lookup/clients/${spell(id)}/authenticate`, json);
      await admin(`a token ${how}`, 'GET', `/admin/initial-access-tokens/${spell(spent.body.id)}`);
      await admin(`revoke ${how}`, 'DELETE', `/admin/initial-access-tokens/${spell(spent.body.id)}`);
      const uri = `${program.url}/register/${spell(id)}`;
      for (const bearer of [replaced.registration_access_token, managing])
        await tell(`manage ${how}`, 'GET', uri, { token: bearer });
    }
    for (const client_secret of [secret, `${secret} `, secret.toUpperCase(), `${secret}\0`, '', '😀'])
      await admin('authenticate', 'POST', `/lookup/clients/${id}/authenticate`, { client_secret });

    const page = '/admin/initial-access-tokens?limit=';
    for (let next = `${page}9`; next !== '';) {
      const { body } = await admin('a page', 'GET', next);
      next = body.next === undefined ? '' : `${page}9&after=${body.next}`;
    }
    for (const position of ['', ' ', 'x', '\0', '😀', id, id.toUpperCase(), 7, null, [id]])
      await admin(
        `after ${JSON.stringify(position)}`,
        'GET',
        `${page}3&after=${Buffer.from(JSON.stringify(position)).toString('base64url')}`,
      );

    await tell('too late', 'PUT', replaced.registration_client_uri, {
      token: replaced.registration_access_token,
      json: { ...callback, client_id: id },
      headers: { 'if-match': '"1"' },
    });
    await manage('another id', 'PUT', replaced, { ...callback, client_id: id.toUpperCase() });
    await manage('another id', 'PUT', replaced, { ...callback, client_id: `${id} ` });
    await admin('revoke', 'DELETE', `/admin/initial-access-tokens/${spent.body.id}?clients=suspend`);
    await manage('delete', 'DELETE', replaced);
    await manage('delete again', 'DELETE', replaced);
    await admin('look up what is deleted', 'GET', `/lookup/clients/${id}`);
    return lines;
  } finally {
    await program.close();
    await database.drop();
  }
}
