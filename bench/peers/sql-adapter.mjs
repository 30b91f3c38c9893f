import mysql from 'mysql2';
import pg from 'pg';

/**
 * The adapter that one would write for oidc-provider on a server: a table for all models with an index for each look-up,
 * a pool of ten connections, statements prepared once a connection, one statement a call, and so one commit a change.
 */
export async function sqlAdapter(url) {
  const run = await (url.startsWith('mariadb:') ? onMariadb(url) : onPostgres(url));
  const now = () => Math.floor(Date.now() / 1000);
  const payloadOf = ([row]) => {
    if (!row || (row.expires_at !== null && Number(row.expires_at) <= now())) return undefined;
    const payload = JSON.parse(row.payload);
    return row.consumed_at === null ? payload : { ...payload, consumed: Number(row.consumed_at) };
  };
  return class {
    constructor(model) {
      this.model = model;
    }

    async upsert(id, payload, expiresIn) {
      const { grantId = null, userCode = null, uid = null } = payload;
      const expiresAt = expiresIn ? now() + expiresIn : null;
      await run('upsert', [this.model, id, JSON.stringify(payload), grantId, userCode, uid, expiresAt]);
    }

    async find(id) {
      return payloadOf(await run('find', [this.model, id]));
    }

    async findByUserCode(userCode) {
      return payloadOf(await run('findByUserCode', [this.model, userCode]));
    }

    async findByUid(uid) {
      return payloadOf(await run('findByUid', [this.model, uid]));
    }

    async consume(id) {
      await run('consume', [now(), this.model, id]);
    }

    async destroy(id) {
      await run('destroy', [this.model, id]);
    }

    async revokeByGrantId(grantId) {
      await run('revokeByGrantId', [this.model, grantId]);
    }
  };
}

const columns = 'model, id, payload, grant_id, user_code, uid, expires_at';
const selection = 'SELECT payload, expires_at, consumed_at FROM models WHERE model = ? AND';
const statements = {
  find: `${selection} id = ?`,
  findByUserCode: `${selection} user_code = ?`,
  findByUid: `${selection} uid = ?`,
  consume: 'UPDATE models SET consumed_at = ? WHERE model = ? AND id = ?',
  destroy: 'DELETE FROM models WHERE model = ? AND id = ?',
  revokeByGrantId: 'DELETE FROM models WHERE model = ? AND grant_id = ?',
};
const replaced = (value) =>
  ['payload', 'grant_id', 'user_code', 'uid', 'expires_at'].map((column) => `${column} = ${value(column)}`).join(', ');

const table = (
  json,
) => `CREATE TABLE models (model VARCHAR(64) NOT NULL, id VARCHAR(128) NOT NULL, payload ${json} NOT NULL,
  grant_id VARCHAR(128), user_code VARCHAR(64), uid VARCHAR(128), expires_at BIGINT, consumed_at BIGINT,
  PRIMARY KEY (model, id))`;
const indexes = ['grant_id', 'user_code', 'uid'].map((column) => `CREATE INDEX models_${column} ON models (${column})`);

async function onMariadb(url) {
  const pool = mysql.createPool({ uri: url.replace(/^mariadb/, 'mysql'), connectionLimit: 10 });
  const answer = (method, ...call) =>
    new Promise((resolve, reject) => pool[method](...call, (error, rows) => (error ? reject(error) : resolve(rows))));
  for (const statement of [table('MEDIUMTEXT'), ...indexes]) await answer('query', statement);
  const upsert = `INSERT INTO models (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE ${replaced((column) => `VALUES(${column})`)}`;
  const texts = { ...statements, upsert };
  return (name, values) => answer('execute', texts[name], values);
}

async function onPostgres(url) {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  for (const statement of [table('TEXT'), ...indexes]) await pool.query(statement);
  const upsert = `INSERT INTO models (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (model, id) DO UPDATE SET ${replaced((column) => `EXCLUDED.${column}`)}`;
  const texts = Object.fromEntries(
    Object.entries({ ...statements, upsert }).map(([name, text]) => {
      let index = 0;
      return [name, text.replaceAll('?', () => `$${++index}`)];
    }),
  );
  return async (name, values) => (await pool.query({ name, text: texts[name], values })).rows;
}
