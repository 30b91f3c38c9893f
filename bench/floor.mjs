import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Libsql from 'libsql';
import { v7 as uuid } from 'uuid';

/**
 * The floor: what a registration costs when nothing happens but HTTP, JSON and the program's own statements. It takes
 * over a database that the program migrated, and a recording of some of its registrations, which it repeats.
 */
const [databaseFile, recordingFile] = process.argv.slice(2);
const recordings = JSON.parse(readFileSync(recordingFile, 'utf8'));

const database = new Libsql(databaseFile);
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');

const prepared = new Map();
function prepare(sql) {
  if (!prepared.has(sql)) prepared.set(sql, database.prepare(sql));
  return prepared.get(sql);
}

/** Texts that differ from one recording to the next are new in every registration: ids and digests, some of them unique. */
const registrations = recordings.map((steps, turn) =>
  steps.map(({ sql, method, parameters }, at) => {
    const before = recordings.at(turn - 1)[at].parameters;
    const fresh = parameters.flatMap((value, index) =>
      typeof value === 'string' && value !== before[index] ? [index] : [],
    );
    return { method, parameters, fresh, statement: prepare(sql) };
  }),
);

const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** As long as the recorded text, and as easy to index: ids sort by their time, digests do not sort at all. */
const another = (text) =>
  isUuid.test(text) ? uuid() : randomBytes(text.length).toString('base64url').slice(0, text.length);

let turn = 0;
function register() {
  const replaced = new Map();
  for (const { method, parameters, fresh, statement } of registrations[turn++ % registrations.length]) {
    const values = [...parameters];
    for (const index of fresh) {
      const recorded = parameters[index];
      if (!replaced.has(recorded)) replaced.set(recorded, another(recorded));
      values[index] = replaced.get(recorded);
    }
    statement[method](...values);
  }
  return uuid();
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const metadata = JSON.parse(Buffer.concat(chunks).toString());
    const answer = JSON.stringify({ client_id: register(), ...metadata });
    response.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer) });
    response.end(answer);
  });
});

server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.once('SIGTERM', () => {
  server.close(() => {
    database.close();
    process.exit();
  });
  server.closeAllConnections();
});
