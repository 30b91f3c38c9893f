import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { openDatabase } from './databases.mjs';
import { repeatable } from './repetition.mjs';

/**
 * The floor: what a request costs when nothing happens but HTTP, JSON and the program's own statements, in the program's
 * own transactions. It takes over a database that the program made, and recordings of what it did there.
 */
const [url, recordingFile] = process.argv.slice(2);
const database = await openDatabase(url);
const works = Object.fromEntries(
  Object.entries(JSON.parse(readFileSync(recordingFile, 'utf8'))).map(([name, recordings]) => [
    `/${name}`,
    { answer: recordings[0].answer, next: repeatable(recordings.map(({ statements }) => statements)) },
  ]),
);

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { answer, next } = works[request.url];
    const body = Buffer.concat(chunks).toString();
    if (body.startsWith('{')) JSON.parse(body);
    database.run(next()).then(
      () => {
        const text = JSON.stringify(answer);
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
        response.end(text);
      },
      (error) => response.writeHead(500).end(String(error)),
    );
  });
});

server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.once('SIGTERM', () => process.exit());
