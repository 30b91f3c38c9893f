import type { INestApplication } from '@nestjs/common';
import { Administrators } from './administrators/administrators.service.js';
import { Environment } from './config/environment.js';
import { InitialAccessTokens } from './initial-access-tokens/initial-access-tokens.service.js';

/**
 * What is told on standard output at start: the addresses; on the first run also the administrator's token, shown this
 * once, and a line that registers a first client when pasted.
 */
export async function welcome(app: INestApplication): Promise<string> {
  const { PUBLIC_URL, DOCS } = app.get(Environment);
  const tokens = app.get(InitialAccessTokens);
  const lines = [`Clientele listens on ${PUBLIC_URL}`];
  if (DOCS) lines.push(`API documentation: ${PUBLIC_URL}/docs`);
  const administratorToken = await app.get(Administrators).makeFirstToken();
  if (administratorToken) lines.push('', `Administrator token, shown this once: ${administratorToken}`);
  if (!(await tokens.anyMade())) {
    const first = { label: 'made on the first run', uses: 1 };
    const { token } = await tokens.make(first, { actor: { type: 'system' } });
    lines.push(
      '',
      'Register a first client:',
      `curl -s ${PUBLIC_URL}/register -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '{"client_name":"My first client","redirect_uris":["http://localhost:8080/callback"]}'`,
    );
  }
  return `${lines.join('\n')}\n`;
}
