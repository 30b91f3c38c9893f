import { Injectable } from '@nestjs/common';
import { type EntityManager, MoreThan } from 'typeorm';
import { DataSources } from '../data-sources/data-sources.service.js';
import { change, insert, selectWhere } from '../data-sources/statements.js';
import { DefaultTemplate, TemplateState, TemplateVersion } from './client-template.entity.js';
import type { DefaultableRegistrar, RegistrarType } from './client-template.js';

/** Where a page of templates ended. */
export type TemplatePosition = readonly [createdAt: number, id: string];

/** The only code that knows the tables of templates. */
@Injectable()
export class TemplateStore {
  constructor(private readonly dataSources: DataSources) {}

  /** What the template with this id is now. */
  async find(id: string): Promise<TemplateState | undefined> {
    const [found] = await this.states('id = ?', [id]);
    return found?.id === id ? found : undefined;
  }

  /** The template with this id if there is one, else the default for a kind of registrar, in one statement. */
  async select(registrar: RegistrarType, id = ''): Promise<TemplateState | undefined> {
    const found = await this.states(
      'id = ? OR id = (SELECT template_id FROM client_template_defaults WHERE registrar = ?)',
      [id, registrar],
    );
    return found.find((one) => one.id === id) ?? found[0];
  }

  /** Templates in the order in which they were made, after a position. */
  list(limit: number, after?: TemplatePosition): Promise<TemplateState[]> {
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

  /** One version of a template. */
  async findVersion(id: string, version: number): Promise<TemplateVersion | undefined> {
    const [found] = await this.dataSources.read('dynamic', (reader) =>
      selectWhere(reader, TemplateVersion, 'id = ? AND version = ?', [id, version]),
    );
    return found?.id === id ? found : undefined;
  }

  /** The versions of a template that were made here, after one of them. */
  versions(id: string, limit: number, after: number): Promise<TemplateVersion[]> {
    const where = { id, version: MoreThan(after) };
    return this.dataSources.read('dynamic', (reader) =>
      reader.find(TemplateVersion, { where, order: { version: 'ASC' }, take: limit }),
    );
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
