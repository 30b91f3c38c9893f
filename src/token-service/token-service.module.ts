import { type DynamicModule, Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { FetchingModule } from '../fetching/fetching.module.js';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { TokenModelsModule } from '../token-models/token-models.module.js';
import { ActiveClients } from './active-clients.js';
import { ServerKeys } from './server-keys.js';
import { Sweep } from './sweep.js';
import { TokenService } from './token-service.js';
import { TokenServiceController } from './token-service.controller.js';

/** The built-in authorization server; without addresses where there is another one. */
@Module({})
export class TokenServiceModule {
  static with({ TOKEN_SERVICE }: { TOKEN_SERVICE: boolean }): DynamicModule {
    return {
      module: TokenServiceModule,
      imports: [ClientsModule, AuditModule, FetchingModule, LifecycleModule, TokenModelsModule],
      controllers: TOKEN_SERVICE ? [TokenServiceController] : [],
      providers: [TokenService, ActiveClients, ServerKeys, Sweep],
      exports: [TokenService],
    };
  }
}
