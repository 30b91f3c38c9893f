import 'reflect-metadata';
import { createServer } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from './app.setup.js';
import { Environment } from './config/environment.js';
import { ConfigurationFault, processEnvironment, readEnvironment } from './config/read-environment.js';
import { DataSourceFault } from './data-sources/data-sources.service.js';
import { welcome } from './welcome.js';

/** The exit code for a configuration that cannot work (EX_CONFIG of sysexits.h). */
const badConfiguration = 78;

try {
  const environment = readEnvironment(processEnvironment());
  const app = await createApp(environment);
  await app.listen(environment.PORT, environment.HOST);
  if (environment.OPS_PORT) listenForOperations(app, environment);
  process.stdout.write(await welcome(app));
} catch (error) {
  if (error instanceof ConfigurationFault) giveUp(error.faults, badConfiguration);
  else if (error instanceof DataSourceFault) giveUp([error.message], badConfiguration);
  else if ((error as NodeJS.ErrnoException).syscall === 'listen') giveUp([(error as Error).message], 1);
  else throw error;
}

function listenForOperations(app: NestExpressApplication, { OPS_PORT, HOST }: Environment): void {
  const server = createServer(app.getHttpAdapter().getInstance());
  server.listen(OPS_PORT, HOST);
  server.unref();
}

function giveUp(faults: readonly string[], code: number): never {
  process.stderr.write(`Clientele cannot start:\n${faults.map((fault) => `  ${fault}\n`).join('')}`);
  process.exit(code);
}
