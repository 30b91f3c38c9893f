import { fileURLToPath } from 'node:url';
import { message, start, temporaryFolder } from '../processes.mjs';

const entry = fileURLToPath(new URL('../peers/oidc-provider.mjs', import.meta.url));

/** The peer on a database, or in memory where there is none. */
export async function startOidcProvider(database) {
  const child = start(['--no-warnings', entry, ...(database ? [database.url] : [])], {
    folder: temporaryFolder(),
    environment: { NODE_ENV: 'production' },
    isQuiet: true,
  });
  const { port } = await message(child);
  const newToken = async () => {
    child.send('make an initial access token');
    return (await message(child)).token;
  };
  return { kind: 'peer', child, base: `http://127.0.0.1:${port}`, database, newToken };
}
