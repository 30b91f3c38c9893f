import { startServer, type ServerEngine } from './database-servers.js';
import { startGalera } from './galera.js';

/**
 * Starts a database server as `startServer` is told by the JSON after its engine, writes its address, and removes it when
 * the standard input ends: also when whoever wanted it was killed.
 */
process.on('SIGINT', () => undefined);
const [engine, settings] = process.argv.slice(2) as [ServerEngine | 'galera', string];
const server =
  engine === 'galera'
    ? await startGalera()
    : await startServer(engine, JSON.parse(settings) as Parameters<typeof startServer>[1]);
process.stdin.resume().once('end', () => void server.remove());
process.stdout.write(`${server.url}\n`);
