import { Logger } from 'nestjs-pino';

/** Contexts in which the framework tells of each module and route at start. */
const bootstrap = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** The program's logger, with what the framework says while it starts kept for `debug`. */
export class QuietLogger extends Logger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (bootstrap.has(String(rest.at(-1)))) super.debug(message, ...(rest as [string]));
    else super.log(message, ...(rest as [string]));
  }
}
