import type { INestApplication } from '@nestjs/common';
import { ApiKeys } from './administrators/api-keys.service.js';
import { Environment } from './config/environment.js';
import { DataSources } from './data-sources/data-sources.service.js';
import { InitialAccessTokens } from './initial-access-tokens/initial-access-tokens.service.js';

/** The addresses, told on standard output at every start. */
export function addresses(app: INestApplication): string {
  const { PUBLIC_URL, DOCS } = app.get(Environment);
  const documentation = DOCS ? `API documentation: ${PUBLIC_URL}/docs\n` : '';
  return `Clientele listens on ${PUBLIC_URL}\n${documentation}`;
}

/**
 * What is told on the first run, as soon as there is a data source: the administrator's token, shown this once, and a
 * line that registers a first client when pasted. Nothing on later runs.
 */
export async function firstSteps(app: INestApplication): Promise<string> {
  await app.get(DataSources).opened('dynamic');
  const { PUBLIC_URL } = app.get(Environment);
  const tokens = app.get(InitialAccessTokens);
  const administratorToken = await app.get(ApiKeys).makeFirst();
  const shown = administratorToken ? `\nAdministrator token, shown this once: ${administratorToken}\n` : '';
  if (await tokens.anyMade()) return shown;
  const { token } = await tokens.make({ label: 'made on the first run' }, { actor: { type: 'system' } });
  return `${shown}
Register a first client:
curl -s ${PUBLIC_URL}/register -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '{"client_name":"My first client","redirect_uris":["http://localhost:8080/callback"]}'
`;
}
