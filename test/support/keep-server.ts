import { startServer, type ServerEngine } from './database-servers.js';

/**
 * Starts a database server, writes its address, and removes it when the standard input ends: also when whoever wanted it
 * was killed.
 */
process.on('SIGINT', () => undefined);
const server = await startServer(process.argv[2] as ServerEngine, { durable: false });
process.stdin.resume().once('end', () => void server.remove());
process.stdout.write(`${server.url}\n`);
