import { type EntityManager, LessThan, MoreThan } from 'typeorm';
import type { Keyring } from '../clients/keyring.js';
import { AuditSeal } from './audit-seal.entity.js';
import { fingerprintOf, textOfSeal } from './seals.js';

/** What is wrong with the seals themselves. */
export interface ChainReport {
  /** Numbers of seals that say nothing any more. */
  readonly broken: ReadonlySet<number>;
  readonly findings: readonly string[];
  readonly newest?: AuditSeal;
}

type Read = <T>(work: (reader: EntityManager) => Promise<T>) => Promise<T>;

const batchSize = 500;

/**
 * Checks the seals from the newest to the first. One is sound by its own digest, or because a sound one vouches for it as
 * the seal before: so the trail stays verified when old keys have left `SECRET_KEY`.
 */
export async function checkChain(read: Read, keyring: Keyring): Promise<ChainReport> {
  const findings: string[] = [];
  const broken = new Set<number>();
  let newest: AuditSeal | undefined;
  let next: { readonly seal: AuditSeal; readonly isSound: boolean } | undefined;
  for await (const seal of sealsFromNewest(read)) {
    newest ??= seal;
    const isFollowed = next !== undefined && next.seal.number === seal.number + 1;
    if (next && !isFollowed) findings.push(missing(seal.number + 1, next.seal.number - 1));
    const vouching = isFollowed && next!.isSound ? next!.seal.previous === fingerprintOf(seal) : undefined;
    const fault = faultOf(seal, vouching, keyring);
    if (fault !== undefined) {
      findings.push(`seal ${seal.number} ${fault}`);
      broken.add(seal.number);
    }
    next = { seal, isSound: fault === undefined };
  }
  if (next && next.seal.number > 1) findings.push(missing(1, next.seal.number - 1));
  if (next?.isSound && next.seal.number === 1 && next.seal.previous !== '')
    findings.push('seal 1 does not say that it is the first');
  return { broken, findings: findings.reverse(), newest };
}

/** Why a seal cannot be relied on; nothing when it can. `vouching` says whether the next one knows it like this. */
function faultOf(seal: AuditSeal, vouching: boolean | undefined, keyring: Keyring): string | undefined {
  if (vouching === true) return undefined;
  if (!keyring.knows(seal.digest)) return 'was edited, or sealed under a key that is not in SECRET_KEY';
  if (!keyring.matches(textOfSeal(seal), seal.digest)) return 'was edited: its digest does not fit';
  return vouching === false ? 'was exchanged: the next one follows another' : undefined;
}

const missing = (from: number, to: number): string =>
  from === to ? `seal ${from} is missing` : `seals ${from} to ${to} are missing`;

async function* sealsFromNewest(read: Read): AsyncGenerator<AuditSeal> {
  let before: number | undefined;
  for (;;) {
    const where = before === undefined ? {} : { number: LessThan(before) };
    const batch = await read((reader) => reader.find(AuditSeal, { where, order: { number: 'DESC' }, take: batchSize }));
    yield* batch;
    before = batch.at(-1)?.number;
    if (batch.length < batchSize) return;
  }
}

/** The seals in the order of their windows. */
export async function* sealsInOrder(read: Read): AsyncGenerator<AuditSeal> {
  let after: number | undefined;
  for (;;) {
    const where = after === undefined ? {} : { number: MoreThan(after) };
    const batch = await read((reader) => reader.find(AuditSeal, { where, order: { number: 'ASC' }, take: batchSize }));
    yield* batch;
    after = batch.at(-1)?.number;
    if (batch.length < batchSize) return;
  }
}
