import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { changing, inserting, type Step } from '../src/data-sources/statements.js';
import { DataSources } from '../src/data-sources/data-sources.service.js';
import { InitialAccessTokenUses } from '../src/initial-access-tokens/initial-access-token.entity.js';
import { dataSourceOf } from './support/database.js';
import { startApp, type TestApp } from './support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({});
});
afterAll(() => app?.close());

const adding = (tokenId: string, share: number): Step =>
  inserting(InitialAccessTokenUses, { tokenId, share, uses: 1, used: 0 });
const spending = (tokenId: string, share: number): Step =>
  changing('UPDATE initial_access_token_uses SET used = used + 1 WHERE token_id = ? AND share = ? AND used < uses', [
    tokenId,
    share,
  ]);

const store = (...steps: Step[]): Promise<boolean> =>
  app.app.get(DataSources).store(
    'dynamic',
    () => steps,
    () => Promise.resolve(false),
  );

/** The shares of a token, each with the uses of it that are spent. */
async function sharesOf(tokenId: string): Promise<[number, number][]> {
  const found = await dataSourceOf(app).manager.find(InitialAccessTokenUses, {
    where: { tokenId },
    order: { share: 'ASC' },
  });
  return found.map(({ share, used }) => [share, used]);
}

describe('a change whose statements are known beforehand', () => {
  it('is stored as a whole', async () => {
    const id = randomUUID();
    expect(await store(adding(id, 0), adding(id, 1))).toBe(true);
    expect(await store(adding(id, 2), spending(id, 0), adding(id, 3))).toBe(true);
    expect(await store(spending(id, 1), spending(id, 2))).toBe(true);
    expect(await sharesOf(id)).toEqual([[0, 1], [1, 1], [2, 1], [3, 0]]); // prettier-ignore
  });

  it.each<[string, (id: string) => Step[]]>([
    ['the first', (id) => [spending(id, 1), adding(id, 2), adding(id, 3)]],
    ['one in the middle', (id) => [adding(id, 2), spending(id, 1), adding(id, 3)]],
    ['the last', (id) => [adding(id, 2), adding(id, 3), spending(id, 1)]],
    ['the second of two that may', (id) => [adding(id, 2), spending(id, 0), spending(id, 1)]],
    ['the first of two that may', (id) => [adding(id, 2), spending(id, 1), spending(id, 0)]],
  ])('is not stored at all where %s meets no row', async (_which, steps) => {
    const id = randomUUID();
    await store(adding(id, 0), adding(id, 1));
    await store(spending(id, 1));
    for (let turn = 0; turn < 12; turn++) expect(await store(...steps(id))).toBe(false);
    expect(await sharesOf(id)).toEqual([[0, 0], [1, 1]]); // prettier-ignore
    // Nothing is left of it on any connection.
    await Promise.all(Array.from({ length: 20 }, (_, share) => store(adding(id, 10 + share))));
    expect(await sharesOf(id)).toHaveLength(22);
  });

  it('is not stored at all where a row is there already, and says so', async () => {
    const id = randomUUID();
    await store(adding(id, 0), adding(id, 1));
    for (let turn = 0; turn < 12; turn++)
      await expect(store(spending(id, 0), adding(id, 2), adding(id, 1))).rejects.toThrow(/duplicate|unique/i);
    expect(await sharesOf(id)).toEqual([[0, 0], [1, 0]]); // prettier-ignore
    expect(await store(spending(id, 0), adding(id, 2))).toBe(true);
  });

  it('is stored where others of a crowd are not', async () => {
    const id = randomUUID();
    await store(adding(id, 0), adding(id, 1));
    await store(spending(id, 1));
    const crowd = Array.from({ length: 60 }, (_, turn) => {
      const share = 10 + turn;
      if (turn % 3 === 0) return store(adding(id, share));
      if (turn % 3 === 1) return store(adding(id, share), spending(id, 1));
      return store(adding(id, share), adding(id, 0)).catch(() => 'there already');
    });
    const answers = await Promise.all(crowd);
    expect(answers).toEqual(answers.map((_, turn) => [true, false, 'there already'][turn % 3]));
    const stored = (await sharesOf(id)).filter(([share]) => share >= 10);
    expect(stored).toEqual(Array.from({ length: 20 }, (_, turn) => [10 + 3 * turn, 0]));
  });

  it('is made once for each use under a crowd', async () => {
    const id = randomUUID();
    await store(adding(id, 0));
    const crowd = Array.from({ length: 30 }, (_, turn) => store(adding(id, 10 + turn), spending(id, 0)));
    expect((await Promise.all(crowd)).filter(Boolean)).toHaveLength(1);
    expect(await sharesOf(id)).toHaveLength(2);
  });
});
