import {
  type ColumnType,
  type MigrationInterface,
  type QueryRunner,
  Table,
  type TableColumnOptions,
  type TableOptions,
} from 'typeorm';

const text = (name: string, length: number): TableColumnOptions => ({ name, type: 'varchar', length: String(length) });
const longText = (name: string): TableColumnOptions => ({ name, type: 'text' });
const document = (name: string): TableColumnOptions => ({ name, type: 'simple-json' });
const number = (name: string): TableColumnOptions => ({ name, type: 'int' });
const flag = (name: string): TableColumnOptions => ({ name, type: 'boolean' });
const time = (name: string): TableColumnOptions => ({ name, type: 'bigint' });
const key = (column: TableColumnOptions): TableColumnOptions => ({ ...column, isPrimary: true });
const optional = (column: TableColumnOptions): TableColumnOptions => ({ ...column, isNullable: true });
const index = (name: string, columns: string | string[], isUnique = false) => ({
  name,
  columnNames: [columns].flat(),
  isUnique,
});

/** Without the rows that have nothing to be found by, where the engine can leave them out. */
const sparse = <I extends { columnNames: string[] }>(full: I) => ({
  ...full,
  where: `${full.columnNames[0]} IS NOT NULL`,
});

/** An index over which a list of clients walks, by the value of a column or of them all. */
const listIndex = (column?: string) =>
  index(`clients_${column ?? 'status'}`, [...(column ? [column] : []), 'status', 'kind', 'created_at', 'client_id']);

const tables: readonly TableOptions[] = [
  {
    name: 'clients',
    columns: [
      key(text('client_id', 255)),
      text('kind', 16),
      text('status', 16),
      optional(text('template_id', 64)),
      optional(number('template_version')),
      document('bounds'),
      document('registrar'),
      optional(text('registrar_token_id', 255)),
      optional(text('registrar_client_id', 255)),
      optional(text('subject', 255)),
      optional(text('owner', 255)),
      document('tags'),
      optional(longText('notes')),
      text('verification', 16),
      document('metadata'),
      optional(text('software_id', 255)),
      optional(text('client_name', 256)),
      document('secrets'),
      optional(text('registration_token_digest', 64)),
      optional(time('registration_token_expires_at')),
      optional(text('previous_registration_token_digest', 64)),
      optional(time('previous_registration_token_expires_at')),
      optional(text('key_id', 16)),
      time('created_at'),
      time('updated_at'),
      optional(time('last_used_at')),
      document('secret_uses'),
      optional(time('expires_at')),
      optional(time('lapses_at')),
      number('version'),
      number('tokens_valid_from'),
    ],
    indices: [
      listIndex(),
      sparse(listIndex('template_id')),
      sparse(listIndex('registrar_token_id')),
      sparse(listIndex('registrar_client_id')),
      sparse(listIndex('subject')),
      sparse(listIndex('owner')),
      sparse(listIndex('software_id')),
      sparse(listIndex('client_name')),
      listIndex('last_used_at'),
      sparse(listIndex('expires_at')),
      sparse(listIndex('lapses_at')),
      index('clients_updated_at', ['updated_at', 'client_id']),
      sparse(index('clients_registration_token_digest', 'registration_token_digest', true)),
      sparse(index('clients_previous_registration_token_digest', 'previous_registration_token_digest', true)),
      index('clients_key_id', 'key_id'),
    ],
  },
  {
    name: 'client_tags',
    columns: [key(text('tag', 64)), key(time('created_at')), key(text('client_id', 255))],
  },
  {
    name: 'usage_clock',
    columns: [key(text('name', 16)), time('elapsed'), time('read_at'), time('runs_until')],
  },
  {
    name: 'initial_access_tokens',
    columns: [
      key(text('id', 36)),
      text('digest', 64),
      optional(text('template_id', 64)),
      number('uses'),
      optional(text('label', 255)),
      optional(text('owner', 255)),
      optional(longText('scope')),
      optional(text('software_id', 255)),
      optional(document('redirect_hosts')),
      flag('manages'),
      time('created_at'),
      time('expires_at'),
      optional(time('revoked_at')),
    ],
    indices: [index('initial_access_tokens_digest', 'digest', true)],
  },
  {
    name: 'initial_access_token_uses',
    columns: [key(text('token_id', 36)), key(number('share')), number('uses'), number('used')],
  },
  {
    name: 'audit_events',
    columns: [
      key(text('id', 36)),
      time('at'),
      text('action', 64),
      document('actor'),
      optional(text('actor_id', 255)),
      optional(text('client_id', 255)),
      text('outcome', 16),
      document('changes'),
      document('trace'),
      optional(text('request_id', 64)),
      text('digest', 64),
    ],
    indices: [
      index('audit_events_at', ['at', 'id']),
      index('audit_events_client_id', ['client_id', 'at', 'id']),
      index('audit_events_actor_id', ['actor_id', 'at', 'id']),
      index('audit_events_action', ['action', 'at', 'id']),
      index('audit_events_outcome', ['outcome', 'at', 'id']),
    ],
  },
  {
    name: 'api_keys',
    columns: [
      key(text('id', 36)),
      text('digest', 64),
      text('label', 255),
      document('scopes'),
      time('created_at'),
      optional(time('expires_at')),
      optional(time('last_used_at')),
      optional(time('revoked_at')),
    ],
    indices: [index('api_keys_digest', 'digest', true)],
  },
  {
    name: 'accounts',
    columns: [
      key(text('id', 36)),
      optional(text('username', 64)),
      optional(text('username_key', 255)),
      optional(document('password')),
      optional(text('email', 254)),
      optional(document('upstream')),
      optional(text('upstream_digest', 64)),
      text('status', 16),
      number('failures'),
      number('version'),
      time('created_at'),
      time('updated_at'),
      optional(time('last_signed_in_at')),
    ],
    indices: [
      index('accounts_username_key', 'username_key', true),
      index('accounts_upstream_digest', 'upstream_digest', true),
    ],
  },
  {
    name: 'token_models',
    columns: [
      key(text('id', 64)),
      text('model', 64),
      optional(text('client_id', 255)),
      optional(number('client_version')),
      optional(text('grant_id', 64)),
      optional(text('uid', 64)),
      optional(text('user_code', 64)),
      document('sealed'),
      time('expires_at'),
      optional(time('consumed_at')),
    ],
    indices: [
      sparse(index('token_models_grant_id', 'grant_id')),
      sparse(index('token_models_uid', 'uid')),
      sparse(index('token_models_user_code', 'user_code')),
      index('token_models_expires_at', 'expires_at'),
    ],
  },
  {
    name: 'spent_access_tokens',
    columns: [key(text('digest', 64)), number('uses'), time('expires_at')],
    indices: [index('spent_access_tokens_expires_at', 'expires_at')],
  },
  {
    name: 'server_keys',
    columns: [key(text('id', 64)), document('sealed'), time('used_from')],
  },
  {
    name: 'idempotency_keys',
    columns: [key(text('digest', 64)), document('answer'), time('expires_at')],
    indices: [index('idempotency_keys_expires_at', 'expires_at')],
  },
  {
    name: 'audit_seals',
    columns: [
      key(number('number')),
      time('since'),
      time('until'),
      number('count'),
      text('events', 64),
      text('previous', 64),
      time('sealed_at'),
      text('digest', 64),
    ],
  },
  {
    name: 'rate_counts',
    columns: [key(text('id', 255)), number('attempts'), time('ends_at')],
    indices: [index('rate_counts_ends_at', 'ends_at')],
  },
  {
    name: 'registration_rooms',
    columns: [key(text('template_id', 64)), key(text('registrar', 64)), number('version'), number('room')],
  },
  {
    name: 'leases',
    columns: [key(text('name', 64)), text('holder', 36), time('expires_at')],
  },
  {
    name: 'client_templates',
    columns: [key(text('id', 64)), number('version'), text('status', 16), time('created_at'), time('updated_at')],
    indices: [index('client_templates_created_at_id', ['created_at', 'id'])],
  },
  {
    name: 'client_template_versions',
    columns: [key(text('id', 64)), key(number('version')), document('document'), time('created_at')],
  },
  {
    name: 'trusted_issuers',
    columns: [
      key(text('id', 36)),
      text('issuer', 255),
      document('trust'),
      number('version'),
      time('created_at'),
      time('updated_at'),
    ],
    indices: [index('trusted_issuers_issuer', ['issuer'], true)],
  },
  {
    name: 'client_template_defaults',
    columns: [key(text('registrar', 32)), optional(text('template_id', 64))],
  },
];

/** What an engine has to be told so that its texts compare and sort by their exact characters; SQLite does that anyway. */
const exactTexts: Readonly<Record<string, object>> = {
  mysql: { charset: 'utf8mb4', collation: 'utf8mb4_bin' },
  mariadb: { charset: 'utf8mb4', collation: 'utf8mb4_bin' },
  postgres: { collation: 'C' },
};

/**
 * A table with its column types as the engine itself calls them, so that it never sees a difference to the entities, and
 * with exact texts.
 */
function spelledFor({ dataSource: { driver } }: QueryRunner, table: TableOptions): Table {
  const exact = exactTexts[driver.options.type];
  const columns = table.columns!.map((column) => ({
    ...column,
    type: driver.normalizeType({ type: column.type as ColumnType }),
    ...(textual.has(column.type) && exact),
  }));
  return new Table({ ...table, columns });
}

/** Inserts a row, unless an earlier run that did not come to its end has done so: MySQL cannot undo the tables. */
async function seed(runner: QueryRunner, table: string, row: Readonly<Record<string, string | number | null>>) {
  const columns = Object.keys(row);
  const { driver } = runner.dataSource;
  const mark = (index: number) => driver.createParameter('', index);
  const [first] = columns as [string];
  const found = (await runner.query(`SELECT 1 FROM ${table} WHERE ${first} = ${mark(0)}`, [row[first]])) as unknown[];
  if (found.length > 0) return;
  const marks = columns.map((_, index) => mark(index));
  await runner.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks.join(', ')})`, Object.values(row));
}

/** The templates that come with the program; their first version is in the program itself. */
async function seedTemplates(runner: QueryRunner): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const statuses = { default: 'active', open: 'off', mcp: 'off', fapi2: 'off' };
  for (const [id, status] of Object.entries(statuses))
    await seed(runner, 'client_templates', { id, version: 1, status, created_at: now, updated_at: now });
  const defaults = {
    anonymous: null,
    initial_access_token: 'default',
    access_token: 'default',
    software_statement: null,
  };
  for (const [registrar, template_id] of Object.entries(defaults))
    await seed(runner, 'client_template_defaults', { registrar, template_id });
}

const textual = new Set(['varchar', 'text', 'simple-json']);

/** The first tables. */
export class CreateTables1764000000000 implements MigrationInterface {
  name = 'CreateTables1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.createTable(spelledFor(runner, table), true);
    await seedTemplates(runner);
    await seed(runner, 'usage_clock', { name: 'usage', elapsed: 0, read_at: 0, runs_until: 0 });
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { name } of [...tables].reverse()) await runner.dropTable(name);
  }
}
