import type { EntityManager } from 'typeorm';
import { builtIn } from './built-in/built-in.js';
import { TemplateVersion } from './client-template.entity.js';

/** One version of a template, and how many clients are under it. */
export interface UsedVersion {
  readonly id: string;
  readonly version: number;
  readonly clients: number;
}

/** Those of the versions that a data source does not have, so that it could not replace the clients under them. */
export async function missingVersions(used: readonly UsedVersion[], reader: EntityManager): Promise<UsedVersion[]> {
  const there = await reader.find(TemplateVersion, { select: { id: true, version: true } });
  const known = new Set(there.map(({ id, version }) => `${id} ${version}`));
  return used.filter(({ id, version }) => !(version === 1 && builtIn.has(id)) && !known.has(`${id} ${version}`));
}
