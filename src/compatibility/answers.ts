import { type Compatibility, portals } from './portals.js';
import { portalApplicationType } from './quirks.js';

const typeIn = (information: object): unknown => (information as Record<string, unknown>)[portalApplicationType];

/**
 * A client as its portal reads it. Gravitee takes the kind of application from each answer, and may change an application
 * no more once that is another one than it has chosen. Nobody is asked for the dialect of a client that reads the same in all.
 */
export async function inItsWords<T extends object>(
  information: T,
  compatibilityOf: () => Compatibility | Promise<Compatibility>,
): Promise<T> {
  const type = typeIn(information);
  if (type === undefined || !portals[await compatibilityOf()].readsApplicationType) return information;
  return { ...information, application_type: type };
}
