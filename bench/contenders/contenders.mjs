import { startClientele } from './clientele.mjs';
import { startFloor } from './floor.mjs';
import { startOidcProvider } from './oidc-provider.mjs';

/** Who takes part: how it is called, and how it starts on an engine. */
export const contenders = {
  clientele: { title: 'Clientele', start: async (engine) => startClientele(await engine.database()) },
  sql: { title: 'oidc-provider, SQL adapter', start: async (engine) => startOidcProvider(await engine.database()) },
  memory: { title: 'oidc-provider, in memory', start: () => startOidcProvider() },
  floor: { title: 'the floor', start: async (engine, works) => startFloor(await engine.database(), works) },
};

/** Who takes part in a work on an engine: oidc-provider in memory where there is no server, and where nothing is stored. */
export function takingPart(work, engine, { hasFloor }) {
  const peer = engine === 'sqlite' || work === 'authenticate' ? 'memory' : 'sql';
  return ['clientele', peer, ...(hasFloor ? ['floor'] : [])];
}
