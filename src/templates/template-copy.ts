import { type EntityManager, IsNull } from 'typeorm';
import type { NamedDataSource } from '../data-sources/named-data-source.js';
import { insert } from '../data-sources/statements.js';
import { DefaultTemplate, TemplateState, TemplateVersion } from './client-template.entity.js';
import { isSame } from './json-values.js';
import type { UsedVersion } from './missing-templates.js';

/** The target has other rules under the version of a template that clients are under; the text names them. */
export class TemplateConflict extends Error {}

/** A template that the target shall have as the source has it. */
export interface TakenTemplate {
  readonly state: TemplateState;
  /** The versions that the target lacks. */
  readonly versions: readonly TemplateVersion[];
  /** Absent where the target has no template with this id. */
  readonly before?: TemplateState;
}

/**
 * What the target needs of the templates that clients of the source are under: whole templates that it lacks, and newer
 * versions of those that it has as they were. A template that went on in another way there is left. Throws
 * {@link TemplateConflict} for a version that clients are under and that has other rules there.
 */
export async function templatesToTake(
  used: readonly UsedVersion[],
  from: EntityManager,
  to: EntityManager,
): Promise<TakenTemplate[]> {
  const taken: TakenTemplate[] = [];
  for (const id of new Set(used.map((one) => one.id))) {
    const [source, target] = [await storedTemplate(id, from), await storedTemplate(id, to)];
    const other = used.find((one) => one.id === id && differs(source.versions, target.versions, one.version));
    if (other) throw new TemplateConflict(`version ${other.version} of the template ${id} has other rules there`);
    const { state } = source;
    const isBehind = target.state === null || target.state.version < (state?.version ?? 0);
    const isAsItWas = target.versions.every(({ version }) => !differs(source.versions, target.versions, version));
    if (!state || !isBehind || !isAsItWas) continue;
    const known = new Set(target.versions.map(({ version }) => version));
    const versions = source.versions.filter(({ version }) => !known.has(version));
    taken.push({ state, versions, ...(target.state && { before: target.state }) });
  }
  return taken;
}

/** Stores them, all or none, and makes them the default for those registrars for whom the target has none. */
export async function takeTemplates(
  taken: readonly TakenTemplate[],
  from: EntityManager,
  to: NamedDataSource,
): Promise<void> {
  const defaults = await from.find(DefaultTemplate);
  await to.dataSource.transaction(async (transaction) => {
    for (const { state, versions, before } of taken) {
      for (const version of versions) await insert(transaction, TemplateVersion, version);
      if (before) await transaction.update(TemplateState, { id: state.id }, state);
      else await insert(transaction, TemplateState, state);
      for (const { registrar, templateId } of defaults)
        if (templateId === state.id)
          await transaction.update(DefaultTemplate, { registrar, templateId: IsNull() }, { templateId });
    }
  });
}

async function storedTemplate(id: string, reader: EntityManager) {
  const state = await reader.findOneBy(TemplateState, { id });
  return { state, versions: await reader.find(TemplateVersion, { where: { id }, order: { version: 'ASC' } }) };
}

/** Whether a version is on both sides with other rules, or there only. */
function differs(source: readonly TemplateVersion[], target: readonly TemplateVersion[], version: number): boolean {
  const [here, there] = [source, target].map((side) => side.find((one) => one.version === version));
  return there !== undefined && !(here && isSame(here.document, there.document));
}
