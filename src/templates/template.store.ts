import { Injectable } from '@nestjs/common';
import { type EntityManager, MoreThan } from 'typeorm';
import { DataSources } from '../data-sources/data-sources.service.js';
import { change, insert, selectWhere } from '../data-sources/statements.js';
import { Refusal } from '../errors.js';
import { builtIn } from './built-in/built-in.js';
import type { TimePosition } from '../http/cursor.js';
import { DefaultTemplate, TemplateState, TemplateVersion } from './client-template.entity.js';
import type { DefaultableRegistrar, RegistrarType } from './client-template.js';
import { templateId as idForm, type TemplateDocument } from './dto/template-document.dto.js';

/** The only code that knows the tables of templates. */
@Injectable()
export class TemplateStore {
  constructor(private readonly dataSources: DataSources) {}

  /** What the template with this id is now. */
  async find(id: string): Promise<TemplateState | undefined> {
    return idForm.test(id) ? (await this.states('id = ?', [id]))[0] : undefined;
  }

  /** The template with this id if there is one, else the default for a kind of registrar, in one statement. */
  async select(registrar: RegistrarType, id = ''): Promise<TemplateState | undefined> {
    const found = await this.states(
      'id = ? OR id = (SELECT template_id FROM client_template_defaults WHERE registrar = ?)',
      [idForm.test(id) ? id : '', registrar],
    );
    return found.find((one) => one.id === id) ?? found[0];
  }

  /** The templates that clients come under now. */
  active(): Promise<TemplateState[]> {
    return this.states('status = ?', ['active']);
  }

  /** Templates in the order in which they were made, after a position. */
  list(limit: number, after?: TimePosition): Promise<TemplateState[]> {
    return this.dataSources.read('dynamic', (reader) => {
      const query = reader.createQueryBuilder(TemplateState, 'template');
      if (after)
        query.where('template.createdAt > :at OR (template.createdAt = :at AND template.id > :id)', {
          at: after[0],
          id: after[1],
        });
      return query.orderBy('template.createdAt').addOrderBy('template.id').take(limit).getMany();
    });
  }

  /** What was written as one version of a template. Throws `temporarily_unavailable` for what is no document any more. */
  async findDocument(id: string, version: number): Promise<TemplateDocument | undefined> {
    const own = version === 1 ? builtIn.get(id) : undefined;
    if (own) return own;
    const [found] = await this.dataSources
      .read('dynamic', (reader) => selectWhere(reader, TemplateVersion, 'id = ? AND version = ?', [id, version]))
      .catch(whole(`version ${version} of the template ${id}`));
    return found?.document;
  }

  /** What was written as the newest version of each of these templates, in their order. */
  async documentsOf(states: readonly TemplateState[]): Promise<TemplateDocument[]> {
    const where = states.map(({ id, version }) => ({ id, version }));
    const found = await this.dataSources
      .read('dynamic', (reader) => reader.findBy(TemplateVersion, where))
      .catch(whole('one of these templates'));
    const written = new Map(found.map(({ id, document }) => [id, document]));
    return states.map(({ id }) => written.get(id) ?? builtIn.get(id)!);
  }

  /** The versions of a template after one of them, oldest first. */
  async versions({ id, createdAt }: TemplateState, limit: number, after: number): Promise<TemplateVersion[]> {
    const own = after === 0 ? builtIn.get(id) : undefined;
    const first = own ? [{ id, version: 1, document: own, createdAt }] : [];
    const where = { id, version: MoreThan(after) };
    const made = await this.dataSources
      .read('dynamic', (reader) => reader.find(TemplateVersion, { where, order: { version: 'ASC' }, take: limit }))
      .catch(whole(`a version of the template ${id}`));
    return [...first, ...made].slice(0, limit);
  }

  /** The template that is the default for a kind of registrar. */
  async defaultFor(registrar: DefaultableRegistrar): Promise<string | null> {
    const found = await this.dataSources.read('dynamic', (reader) => reader.findOneBy(DefaultTemplate, { registrar }));
    return found?.templateId ?? null;
  }

  async add(state: TemplateState, transaction: EntityManager): Promise<void> {
    await insert(transaction, TemplateState, state);
  }

  async addVersion(version: TemplateVersion, transaction: EntityManager): Promise<void> {
    await insert(transaction, TemplateVersion, version);
  }

  /** Changes what a template is, if it still is as the caller read it; false when somebody changed it in between. */
  async change(
    { id, version, status }: TemplateState,
    after: Pick<TemplateState, 'version' | 'status' | 'updatedAt'>,
    transaction: EntityManager,
  ): Promise<boolean> {
    const { affected } = await transaction.update(TemplateState, { id, version, status }, after);
    return affected === 1;
  }

  /**
   * Makes a template the default for these registrars and for no others. Answers the first registrar that has another
   * default, for which nothing was changed.
   */
  async claim(
    id: string,
    registrars: readonly DefaultableRegistrar[],
    transaction: EntityManager,
  ): Promise<DefaultableRegistrar | undefined> {
    await change(transaction, 'UPDATE client_template_defaults SET template_id = NULL WHERE template_id = ?', [id]);
    for (const registrar of [...registrars].sort())
      if (!(await this.take(id, registrar, transaction))) return registrar;
    return undefined;
  }

  private async take(id: string, registrar: DefaultableRegistrar, transaction: EntityManager): Promise<boolean> {
    const taking = 'UPDATE client_template_defaults SET template_id = ? WHERE registrar = ? AND template_id IS NULL';
    return (await change(transaction, taking, [id, registrar])) === 1;
  }

  private states(condition: string, parameters: readonly (string | number)[]): Promise<TemplateState[]> {
    return this.dataSources.read('dynamic', (reader) => selectWhere(reader, TemplateState, condition, parameters));
  }
}

/** Without the rules of a template nothing is decided: better nobody is let in than somebody whom nobody judged. */
export const unreadable = (what: string): Refusal =>
  new Refusal(
    'temporarily_unavailable',
    `${what} cannot be read from the data source; an administrator has to put back what was stored there`,
  );

/** Somebody wrote into a row what is no JSON. */
const whole = (what: string) => (error: unknown) => {
  throw error instanceof SyntaxError ? unreadable(what) : error;
};
