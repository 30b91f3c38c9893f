import Libsql from 'libsql';

/**
 * Loaded into the program with `--import`: keeps every statement that goes to SQLite, with its parameters, and hands over
 * what it kept since last time whenever the parent process asks. So the floor runs what the program runs, never a copy
 * that somebody typed.
 */
let kept = [];

const prepare = Libsql.prototype.prepare;
Libsql.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  for (const method of ['run', 'all', 'get']) {
    const original = statement[method];
    statement[method] = function (...parameters) {
      kept.push({ sql, method, parameters });
      return original.apply(statement, parameters);
    };
  }
  return statement;
};

process.on('message', () => {
  process.send(kept);
  kept = [];
});
