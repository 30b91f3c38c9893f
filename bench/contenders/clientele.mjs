import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { answering, freePort, start, temporaryFolder } from '../processes.mjs';
import { bearer, send } from '../works/requests.mjs';

const entry = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const recorder = new URL('../record-statements.mjs', import.meta.url).href;

/** The built program on a database, and an initial access token that a bench cannot use up. */
export async function startClientele(database, { recording = false, secrets = newSecrets(), nodeArguments = [] } = {}) {
  if (!existsSync(entry)) throw new Error('build the program first: npm run build');
  const port = await freePort();
  const began = performance.now();
  const child = start([...nodeArguments, ...(recording ? ['--import', recorder] : []), entry], {
    folder: temporaryFolder(),
    environment: {
      PORT: String(port),
      DATA_SOURCE_DEFAULT_URL: database.url,
      MIGRATE: 'on',
      // It refuses to start where an acknowledged change could be lost.
      STRICT_DURABILITY: 'on',
      ...secrets,
      LOG_LEVEL: 'warn',
    },
  });
  const base = `http://127.0.0.1:${port}`;
  await answering(child, `${base}/health/ready`);
  const readyMilliseconds = performance.now() - began;
  const server = { kind: 'clientele', child, base, database, adminToken: secrets.ADMIN_TOKEN, readyMilliseconds };
  const { token } = await send(server, {
    method: 'POST',
    path: '/admin/initial-access-tokens',
    headers: { 'content-type': 'application/json', ...bearer(server.adminToken) },
    body: JSON.stringify({ uses: 1_000_000 }),
    status: 201,
  });
  return { ...server, token };
}

/** What instances on one database share. */
export const newSecrets = () => ({
  ADMIN_TOKEN: randomBytes(32).toString('base64url'),
  SECRET_KEY: randomBytes(32).toString('base64url'),
});
