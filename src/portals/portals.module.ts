import { Module } from '@nestjs/common';
import { DynamicClientsModule } from '../dynamic-clients/dynamic-clients.module.js';
import { InitialAccessTokensModule } from '../initial-access-tokens/initial-access-tokens.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { GlooController } from './gloo/gloo.controller.js';
import { GlooApplications } from './gloo/gloo-applications.js';
import { KongController } from './kong/kong.controller.js';
import { KongApplications } from './kong/kong-applications.js';
import { PortalClients } from './portal-clients.js';
import { PortalTokenStrategy } from './portal-token.strategy.js';

/** API portals make clients by specifications of their own. */
@Module({
  imports: [DynamicClientsModule, InitialAccessTokensModule, TemplatesModule],
  controllers: [KongController, GlooController],
  providers: [PortalClients, KongApplications, GlooApplications, PortalTokenStrategy],
})
export class PortalsModule {}
