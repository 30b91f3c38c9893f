import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { InitialAccessTokenStore } from './initial-access-token.store.js';
import { InitialAccessTokenStrategy } from './initial-access-token.strategy.js';
import { InitialAccessTokensController } from './initial-access-tokens.controller.js';
import { InitialAccessTokens } from './initial-access-tokens.service.js';

/** The right to register, made here. */
@Module({
  imports: [ClientsModule, TemplatesModule, AuditModule],
  controllers: [InitialAccessTokensController],
  providers: [InitialAccessTokens, InitialAccessTokenStore, InitialAccessTokenStrategy],
  exports: [InitialAccessTokens],
})
export class InitialAccessTokensModule {}
