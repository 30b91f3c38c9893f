import { Module } from '@nestjs/common';
import { DynamicClientsModule } from '../dynamic-clients/dynamic-clients.module.js';
import { InitialAccessTokensModule } from '../initial-access-tokens/initial-access-tokens.module.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { TokenModelsModule } from '../token-models/token-models.module.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { AnonymousStrategy } from './anonymous.strategy.js';
import { RegistrationController } from './registration.controller.js';

/** RFC 7591: clients register themselves. */
@Module({
  imports: [DynamicClientsModule, InitialAccessTokensModule, TemplatesModule, RateLimitsModule, TokenModelsModule],
  controllers: [RegistrationController],
  providers: [AccessTokenStrategy, AnonymousStrategy],
})
export class RegistrationModule {}
