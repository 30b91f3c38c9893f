import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { NestFactory } from '@nestjs/core';
import { SwaggerModule } from '@nestjs/swagger';
import { PinoLogger } from 'nestjs-pino';
import { apiDocument } from './api-document.js';
import { AppModule } from './app.module.js';
import { Environment } from './config/environment.js';
import { corsByPath } from './http/cors.js';
import type { Router } from './http/express-router.js';
import { securityHeaders } from './http/headers.js';
import { demandHost } from './http/host.js';
import { HttpServerAdapter } from './http/http-server.js';
import { inOrder } from './http/in-order.js';
import { QuietLogger } from './http/quiet-logger.js';
import { requestId } from './http/request-id.js';
import { logRequests } from './http/request-log.js';
import { byIndex } from './http/route-index.js';
import { onlyOperations } from './operations/operations-port.js';
import { inWordsOfPortals } from './portals/refusals.js';
import { Metrics } from './operations/metrics.js';

/** Builds the program, ready to listen: what every instance has, in tests too. */
export async function createApp(environment: Environment): Promise<NestExpressApplication> {
  const adapter = new HttpServerAdapter();
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(environment), adapter, {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  adapter.onOverload = () => app.get(Metrics).countRefusal('temporarily_unavailable');
  const logger: PinoLogger = await app.resolve(PinoLogger<never>);
  app.useLogger(new QuietLogger(logger, {}));
  setUp(app, environment, logger);
  return app;
}

function setUp(app: INestApplication, environment: Environment, { logger }: PinoLogger): void {
  const list = (origins: '*' | readonly string[]) => (origins === '*' ? ['*'] : origins);
  app.use(
    inOrder(
      requestId,
      logRequests(logger),
      inWordsOfPortals,
      app.get(Metrics).observe,
      demandHost,
      onlyOperations(environment.OPS_PORT),
      securityHeaders({ https: environment.PUBLIC_URL.startsWith('https:') }),
    ),
  );
  app.enableCors(
    corsByPath({
      corsOrigins: list(environment.CORS_ORIGINS),
      adminCorsOrigins: list(environment.ADMIN_CORS_ORIGINS),
    }),
  );
  app.use(byIndex(() => (app.getHttpAdapter().getInstance() as { router: Router }).router));
  app.enableShutdownHooks(undefined, { useProcessExit: true });
  if (environment.DOCS) serveDocumentation(app);
}

function serveDocumentation(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => apiDocument(app), {
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Clientele API',
    swaggerOptions: { persistAuthorization: false, tryItOutEnabled: true, displayOperationId: false },
  });
}
