import { type DynamicModule, Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { FetchingModule } from '../fetching/fetching.module.js';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { MetadataDocumentsModule } from '../metadata-documents/metadata-documents.module.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { TokenModelsModule } from '../token-models/token-models.module.js';
import { UsersModule } from '../users/users.module.js';
import { ActiveClients } from './active-clients.js';
import { DevicePolls } from './device-polls.js';
import { ServerKeys } from './server-keys.js';
import { Consents } from './sign-in/consents.js';
import { Forms } from './sign-in/form.js';
import { Interactions } from './sign-in/interactions.js';
import { SignInController } from './sign-in/sign-in.controller.js';
import { UpstreamProvider } from './sign-in/upstream.js';
import { UpstreamController } from './sign-in/upstream.controller.js';
import { Users } from './sign-in/users.js';
import { Sweep } from './sweep.js';
import { TokenService } from './token-service.js';
import { TokenServiceController } from './token-service.controller.js';
import { UserCodeGuesses } from './user-code-guesses.js';

/** The built-in authorization server; without addresses where there is another one. */
@Module({})
export class TokenServiceModule {
  static with({ TOKEN_SERVICE }: { TOKEN_SERVICE: boolean }): DynamicModule {
    return {
      module: TokenServiceModule,
      imports: [
        AccountsModule,
        UsersModule,
        ClientsModule,
        AuditModule,
        FetchingModule,
        LifecycleModule,
        MetadataDocumentsModule,
        RateLimitsModule,
        TokenModelsModule,
      ],
      controllers: TOKEN_SERVICE ? [TokenServiceController, SignInController, UpstreamController] : [],
      providers: [
        TokenService,
        ActiveClients,
        DevicePolls,
        ServerKeys,
        Sweep,
        Users,
        Consents,
        Forms,
        Interactions,
        UpstreamProvider,
        UserCodeGuesses,
      ],
      exports: [TokenService],
    };
  }
}
