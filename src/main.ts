import 'reflect-metadata';
import type { RequestListener } from 'node:http';
import { constants } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from './app.setup.js';
import { Environment } from './config/environment.js';
import { ConfigurationFault, processEnvironment, readEnvironment } from './config/read-environment.js';
import { DataSourceFault } from './data-sources/data-sources.service.js';
import { boundedServer } from './http/http-server.js';
import { addresses, firstSteps } from './welcome.js';

// V8 lets garbage pile up to four times of what lives before it collects. Half of it is as fast and needs a third less memory.
setFlagsFromString('--heap-growing-percent=50');

/** The exit code for a configuration that cannot work (EX_CONFIG of sysexits.h). */
const badConfiguration = 78;

try {
  const environment = readEnvironment(processEnvironment());
  const app = await createApp(environment);
  await app.listen(environment.PORT, environment.HOST);
  await listenForOperations(app, environment);
  endAtOnceWhenAskedAgain();
  process.stdout.write(addresses(app));
  process.stdout.write(await firstSteps(app));
} catch (error) {
  if (error instanceof ConfigurationFault) giveUp(error.faults, badConfiguration);
  else if (error instanceof DataSourceFault) giveUp([error.message], badConfiguration);
  else if (isAddressFault(error)) giveUp([error.message], 1);
  // The stack alone: what drivers add to their errors is not for a log.
  else giveUp([(error as Error).stack ?? String(error)], 1);
}

/** Whether the address to listen on is taken or not ours. */
function isAddressFault(error: unknown): error is Error {
  return ['listen', 'getaddrinfo'].includes((error as NodeJS.ErrnoException).syscall ?? '');
}

/** Opens the port of its own for probes and metrics, where there is one, until the program ends. */
async function listenForOperations(app: NestExpressApplication, { OPS_PORT, HOST }: Environment): Promise<void> {
  if (OPS_PORT === undefined) return;
  const server = boundedServer(app.getHttpAdapter().getInstance() as RequestListener);
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(OPS_PORT, HOST, listening));
  app.getHttpServer().once('close', () => server.close());
}

/** npm passes on a signal that the whole group has had already, so that one request to end comes twice; in milliseconds. */
const echo = 500;

/** Whoever asks a second time wants no caller waited for; what is acknowledged is stored already. */
function endAtOnceWhenAskedAgain(): void {
  let asked: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      asked ??= performance.now();
      if (performance.now() - asked > echo) process.exit(128 + constants.signals[signal]);
    });
}

function giveUp(faults: readonly string[], code: number): never {
  process.stderr.write(`Clientele cannot start:\n${faults.map((fault) => `  ${fault}\n`).join('')}`);
  process.exit(code);
}
