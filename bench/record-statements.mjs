import Libsql from 'libsql';
import mysql from 'mysql2';
import pg from 'pg';

/**
 * Loaded into the program with `--import`: keeps every statement that goes to a database, with its parameters, and hands
 * over what it kept since last time whenever the parent process asks. So the floor runs what the program runs, never a
 * copy that somebody typed.
 */
let kept = [];

const prepare = Libsql.prototype.prepare;
Libsql.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  let asArrays = false;
  const raw = statement.raw;
  statement.raw = function (...mode) {
    asArrays = true;
    return raw.apply(statement, mode);
  };
  for (const method of ['run', 'all', 'get']) {
    const original = statement[method];
    statement[method] = function (...parameters) {
      // A list is one argument of the driver's, and several of ours.
      kept.push({ method, sql, parameters: parameters.flat(), ...(asArrays && { asArrays }) });
      return original.apply(statement, parameters);
    };
  }
  return statement;
};

/** Keeps what a method is called with: a text and perhaps its values, or both as one object. */
function keep(prototype, method) {
  const original = prototype[method];
  prototype[method] = function (...call) {
    const [statement, values] = call;
    const { sql, text = sql, name, ...rest } = typeof statement === 'string' ? { sql: statement, values } : statement;
    const parameters = Array.isArray(rest.values) ? rest.values : Array.isArray(values) ? values : [];
    const asArrays = rest.rowsAsArray === true || rest.rowMode === 'array';
    kept.push({ method, sql: text, parameters, ...(name !== undefined && { name }), ...(asArrays && { asArrays }) });
    return original.apply(this, call);
  };
}

for (const method of ['query', 'execute']) keep(Object.getPrototypeOf(mysql.Connection.prototype), method);
keep(pg.Client.prototype, 'query');

process.on('message', () => {
  process.send(kept);
  kept = [];
});
