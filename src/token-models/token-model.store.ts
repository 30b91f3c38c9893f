import { Injectable } from '@nestjs/common';
import { In, IsNull, LessThanOrEqual, Not } from 'typeorm';
import type { AdapterPayload } from 'oidc-provider';
import { Keyring } from '../clients/keyring.js';
import { Clock } from '../clock.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { insert, selectBy } from '../data-sources/statements.js';
import { TokenModel } from './token-model.entity.js';

/** A stored model, opened. */
export interface FoundModel {
  readonly row: TokenModel;
  readonly payload: AdapterPayload;
}

/** To whom a model was issued. */
export type IssuedTo = Pick<TokenModel, 'clientId' | 'clientVersion'>;

/** The only code that knows the table of the token service: what it holds is found by a digest and sealed. */
@Injectable()
export class TokenModelStore {
  constructor(
    private readonly dataSources: DataSources,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /** Stores a model under a new value. Answers false when there is one under it that has not expired: of many callers at once, to all but one. */
  async add(model: string, value: string, payload: AdapterPayload, issuedTo: IssuedTo, ttl: number): Promise<boolean> {
    const row = this.rowOf(model, value, payload, issuedTo, ttl);
    return this.dataSources.write('dynamic', async (writer) => {
      try {
        await insert(writer, TokenModel, row);
        return true;
      } catch (error) {
        const there = await writer.findOneBy(TokenModel, { id: row.id });
        if (!there) throw error;
        // Stored by the first try of this very call, whose answer was lost.
        if (there.sealed === row.sealed) return true;
        const { affected } = await writer.update(
          TokenModel,
          { id: row.id, expiresAt: LessThanOrEqual(this.clock.now()) },
          row,
        );
        return affected === 1;
      }
    });
  }

  /** Stores a model, over what is there under the same value. */
  async put(model: string, value: string, payload: AdapterPayload, issuedTo: IssuedTo, ttl: number): Promise<void> {
    const { consumedAt, ...row } = this.rowOf(model, value, payload, issuedTo, ttl);
    await this.dataSources.write('dynamic', async (writer) => {
      const { affected } = await writer.update(TokenModel, { id: In(this.idsOf(model, value)) }, row);
      if (affected === 0) await insert(writer, TokenModel, { ...row, consumedAt });
    });
  }

  /** The model under a value. */
  find(model: string, value: string): Promise<FoundModel | undefined> {
    return this.findBy('id', this.idsOf(model, value));
  }

  /** The model of one of these kinds under a value. */
  findAmong(models: readonly string[], value: string): Promise<FoundModel | undefined> {
    return this.findBy(
      'id',
      models.flatMap((model) => this.idsOf(model, value)),
    );
  }

  /** The session that tokens know under this name. */
  findByUid(uid: string): Promise<FoundModel | undefined> {
    return this.findBy('uid', [uid]);
  }

  /** What waits for a user to type in this code. */
  findByUserCode(code: string): Promise<FoundModel | undefined> {
    return this.findBy('user_code', this.userCodesOf(code));
  }

  /** Takes note that a model was used up. Answers whether it was not yet: of many callers at once, to one of them. */
  async consume(model: string, value: string): Promise<boolean> {
    const { affected } = await this.dataSources.write('dynamic', (writer) =>
      writer.update(
        TokenModel,
        { id: In(this.idsOf(model, value)), consumedAt: IsNull() },
        { consumedAt: this.clock.now() },
      ),
    );
    return affected === 1;
  }

  async remove(model: string, value: string): Promise<void> {
    await this.dataSources.write('dynamic', (writer) =>
      writer.delete(TokenModel, { id: In(this.idsOf(model, value)) }),
    );
  }

  /** Removes all that was issued for a grant; the grant itself only `whole`. */
  async removeByGrant(grantId: string, { whole }: { whole: boolean }): Promise<void> {
    const where = { grantId, ...(!whole && { model: Not('Grant') }) };
    await this.dataSources.write('dynamic', (writer) => writer.delete(TokenModel, where));
  }

  /** Removes some of what has expired; answers how many. */
  async sweep(size: number): Promise<number> {
    const where = { expiresAt: LessThanOrEqual(this.clock.now() - grace) };
    return this.dataSources.write('dynamic', async (writer) => {
      const expired = await writer.find(TokenModel, { select: { id: true }, where, take: size });
      if (expired.length > 0) await writer.delete(TokenModel, { id: In(expired.map(({ id }) => id)) });
      return expired.length;
    });
  }

  private async findBy(column: 'id' | 'uid' | 'user_code', values: string[]): Promise<FoundModel | undefined> {
    const [row] = await this.dataSources.read('dynamic', (reader) => selectBy(reader, TokenModel, column, values));
    if (!row) return undefined;
    const opened = this.keyring.open(row.sealed, row.id);
    if (opened === undefined) return undefined;
    const payload = JSON.parse(opened) as AdapterPayload;
    return { row, payload: row.consumedAt === null ? payload : { ...payload, consumed: row.consumedAt } };
  }

  private rowOf(
    model: string,
    value: string,
    payload: AdapterPayload,
    { clientId, clientVersion }: IssuedTo,
    ttl: number,
  ): TokenModel {
    const [id] = this.idsOf(model, value) as [string];
    return {
      id,
      model,
      clientId,
      clientVersion,
      // A grant is its own, so that a family can go as a whole.
      grantId: model === 'Grant' ? value : (payload.grantId ?? null),
      uid: model === 'Session' ? (payload.uid ?? null) : null,
      userCode: payload.userCode === undefined ? null : this.userCodesOf(payload.userCode)[0]!,
      sealed: this.keyring.seal(JSON.stringify(payload), id),
      expiresAt: this.clock.now() + ttl,
      consumedAt: null,
    };
  }

  private idsOf(model: string, value: string): string[] {
    return this.keyring.digests(`${model} ${value}`);
  }

  private userCodesOf(code: string): string[] {
    return this.keyring.digests(`user code ${code}`);
  }
}

/** Seconds that a row stays after its end: other instances' clocks, and a refusal that can say what has expired. */
const grace = 300;
