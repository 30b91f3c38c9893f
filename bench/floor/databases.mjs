import Libsql from 'libsql';
import mysql from 'mysql2';
import pg from 'pg';

/** As many connections as the program has by default. */
const asMany = 10;

/** Runs the statements of a request on a database, all on one connection, by the calls of the driver that were recorded. */
export const openDatabase = async (url, { connections = asMany } = {}) => {
  if (url.startsWith('sqlite:')) return sqlite(url.slice('sqlite:'.length));
  return url.startsWith('mariadb:') ? mariadb(url, connections) : postgres(url, connections);
};

function sqlite(file) {
  const database = new Libsql(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  const prepared = new Map();
  const prepare = (sql, asArrays) => {
    if (!prepared.has(sql)) {
      const statement = database.prepare(sql);
      prepared.set(sql, asArrays ? statement.raw() : statement);
    }
    return prepared.get(sql);
  };
  return {
    run: async (statements) => {
      for (const { method, sql, parameters, asArrays } of statements) prepare(sql, asArrays)[method](parameters);
    },
    close: async () => void database.close(),
  };
}

function mariadb(url, connections) {
  const pool = mysql.createPool({ uri: url.replace(/^mariadb/, 'mysql'), connectionLimit: connections });
  pool.on('connection', (connection) => {
    connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  });
  const connect = () =>
    new Promise((resolve, reject) => pool.getConnection((error, one) => (error ? reject(error) : resolve(one))));
  return {
    run: async (statements) => {
      const connection = await connect();
      try {
        for (const { method, sql, parameters, asArrays } of statements)
          await new Promise((resolve, reject) =>
            connection[method]({ sql, rowsAsArray: asArrays }, parameters, (error, answer) =>
              error ? reject(error) : resolve(answer),
            ),
          );
      } finally {
        connection.release();
      }
    },
    close: () => pool.promise().end(),
  };
}

function postgres(url, connections) {
  const pool = new pg.Pool({ connectionString: url, max: connections });
  return {
    run: async (statements) => {
      const connection = await pool.connect();
      try {
        for (const { name, sql, parameters, asArrays } of statements)
          await connection.query({
            text: sql,
            values: parameters,
            ...(name !== undefined && { name }),
            ...(asArrays && { rowMode: 'array' }),
          });
      } finally {
        connection.release();
      }
    },
    close: () => pool.end(),
  };
}
