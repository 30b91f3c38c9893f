import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { apiDocument } from '../src/api-document.js';
import { AppModule } from '../src/app.module.js';
import { readEnvironment } from '../src/config/read-environment.js';
import { administratorScopes } from '../src/config/scopes.js';
import { variables } from '../src/config/variables.js';
import { SqliteEngine } from '../src/data-sources/engines/sqlite.js';
import { schema } from '../src/database/schema.js';
import { routesOf, withScopeTable } from '../src/route-table.js';

/** The program as far as it is known without a database. */
function preview() {
  const environment = readEnvironment({ SECRET_KEY: 'A'.repeat(43) });
  return NestFactory.create(AppModule.with(environment), { logger: false, preview: true });
}

describe('docs/administration.md', () => {
  it('says which scope each route asks for; npm run openapi writes it', async () => {
    const document = readFileSync('docs/administration.md', 'utf8');
    expect(document).toBe(withScopeTable(document, routesOf(await preview())));
    expect(document).toContain('| `POST` | `/admin/api-keys` | `keys:write` |');
  });

  it('explains every scope', () => {
    const document = readFileSync('docs/administration.md', 'utf8');
    const [, scopes = ''] = document.split('\n## Scopes\n');
    const explained = [...scopes.matchAll(/^\| `([a-z:-]+)` \| [^|]{10,} \|$/gm)].map(([, scope]) => scope);
    expect(explained).toEqual(administratorScopes);
  });
});

describe('openapi.json', () => {
  it('says what the code does', async () => {
    const app = await preview();
    expect(JSON.parse(JSON.stringify(apiDocument(app)))).toEqual(JSON.parse(readFileSync('openapi.json', 'utf8')));
  });

  const document = JSON.parse(readFileSync('openapi.json', 'utf8'));
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as object).map(([method, operation]) => [`${method} ${path}`, operation] as const),
  );

  it.each(operations)('documents %s with a summary, an id, a tag and a schema for each answer', (_name, operation) => {
    expect(operation.summary).toMatch(/^[A-Z].{5,}/);
    expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(operation.tags).toHaveLength(1);
    for (const [status, answer] of Object.entries<any>(operation.responses)) {
      expect(answer.description).not.toBe('');
      if (status !== '204') expect(Object.values<any>(answer.content)[0].schema).toBeDefined();
    }
  });

  it('gives each operation an id of its own', () => {
    const ids = operations.map(([, operation]) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('.env.example', () => {
  const example = readFileSync('.env.example', 'utf8');
  const written = new Map(
    [...example.matchAll(/^# (.*)\n#([A-Z_]+)=(.*)$/gm)].map(([, meaning, name, value]) => [name!, { meaning, value }]),
  );

  it.each([...variables])('has %s with its meaning and default', (name, { meaning, fallback = '' }) => {
    expect(written.get(name)).toEqual({ meaning, value: fallback });
  });

  it('has no variable that the program does not read', () => {
    const known = new Set([...variables.keys(), 'DATA_SOURCE_DEFAULT_URL', 'DATA_SOURCE_DEFAULT_POOL_SIZE']);
    expect([...written.keys()].filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('migrations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clientele-'));
  const dataSource = new DataSource(new SqliteEngine(join(folder, 'a.db')).options(schema));

  beforeAll(async () => {
    await dataSource.initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    rmSync(folder, { recursive: true });
  });

  it('make the schema that the entities describe', async () => {
    await dataSource.runMigrations();
    const drift = await dataSource.driver.createSchemaBuilder().log();
    expect(drift.upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('can be undone and done again', async () => {
    await dataSource.undoLastMigration({ transaction: 'none' });
    expect(await dataSource.query("SELECT name FROM sqlite_master WHERE name = 'clients'")).toEqual([]);
    expect(await dataSource.runMigrations()).toHaveLength(1);
  });
});
