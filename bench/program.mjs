import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answering, freePort, message, start } from './children.mjs';

const entry = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const recorder = new URL('./record-statements.mjs', import.meta.url).href;

/** A client with twelve members, as a web application would send it. */
export const registration = JSON.stringify({
  client_name: 'Weather',
  client_uri: 'https://weather.example/',
  logo_uri: 'https://weather.example/logo.png',
  tos_uri: 'https://weather.example/terms',
  policy_uri: 'https://weather.example/privacy',
  redirect_uris: ['https://weather.example/callback', 'https://staging.weather.example/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_basic',
  scope: 'openid profile email offline_access',
  contacts: ['operations@weather.example'],
  software_id: '2f9f2b6c-5a3e-4a1d-9d43-6f0f3f1f7c11',
});

/** The built program on a new database, and an initial access token that a bench cannot use up. */
export async function startProgram(folder, { recording = false, nodeArguments = [] } = {}) {
  if (!existsSync(entry)) throw new Error('build the program first: npm run build');
  const port = await freePort();
  const databaseFile = join(folder, 'clientele.db');
  const adminToken = randomBytes(32).toString('base64url');
  const child = start([...nodeArguments, ...(recording ? ['--import', recorder] : []), entry], {
    folder,
    environment: {
      PORT: String(port),
      DATA_SOURCE_DEFAULT_URL: `sqlite:${databaseFile}`,
      ADMIN_TOKEN: adminToken,
      SECRET_KEY: randomBytes(32).toString('base64url'),
      LOG_LEVEL: 'warn',
    },
  });
  const base = `http://127.0.0.1:${port}`;
  await answering(child, `${base}/health/ready`);
  const { token } = await post(`${base}/admin/initial-access-tokens`, adminToken, JSON.stringify({ uses: 1_000_000 }));
  return { child, databaseFile, token, url: `${base}/register` };
}

/** Registers one client. */
export const registerOnce = ({ url, token }) => post(url, token, registration);

/** The statements that the program ran since it was last asked; it must have been started with `recording`. */
export function recordedStatements({ child }) {
  child.send('hand over');
  return message(child);
}

async function post(url, token, body) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: 'POST', headers, body });
  if (response.status !== 201) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
