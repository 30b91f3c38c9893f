import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import { AccountsModule } from './accounts/accounts.module.js';
import { AdministratorsModule } from './administrators/administrators.module.js';
import { AuditModule } from './audit/audit.module.js';
import { Refusals } from './audit/refusals.js';
import { ClientManagementModule } from './client-management/client-management.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Environment } from './config/environment.js';
import { DataSourcesModule } from './data-sources/data-sources.module.js';
import { DataSources } from './data-sources/data-sources.service.js';
import { schema } from './database/schema.js';
import { DiscoveryModule } from './discovery/discovery.module.js';
import { AccessGuard } from './http/access.guard.js';
import { ErrorFilter, IS_OUTAGE, ON_REFUSAL, type OnRefusal } from './http/error.filter.js';
import { programLog } from './http/request-log.js';
import { StrictParameters } from './http/strict-parameters.js';
import { InitialAccessTokensModule } from './initial-access-tokens/initial-access-tokens.module.js';
import { LifecycleModule } from './lifecycle/lifecycle.module.js';
import { LookupModule } from './lookup/lookup.module.js';
import { Metrics } from './operations/metrics.js';
import { OperationsModule } from './operations/operations.module.js';
import { PortalsModule } from './portals/portals.module.js';
import { RegistrationModule } from './registration/registration.module.js';
import { SimulationsModule } from './simulations/simulations.module.js';
import { TokenServiceModule } from './token-service/token-service.module.js';

/** Every module of the program. */
@Module({})
export class AppModule {
  static with(environment: Environment): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(environment),
        LoggerModule.forRoot(programLog({ level: environment.LOG_LEVEL, format: environment.LOG_FORMAT })),
        DataSourcesModule.with(environment, schema),
        RegistrationModule,
        ClientManagementModule,
        PortalsModule,
        InitialAccessTokensModule,
        AdministratorsModule,
        AccountsModule,
        AuditModule,
        TokenServiceModule.with(environment),
        LifecycleModule,
        LookupModule,
        SimulationsModule,
        DiscoveryModule,
        OperationsModule,
      ],
      providers: [
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_GUARD, useClass: StrictParameters },
        { provide: APP_FILTER, useClass: ErrorFilter },
        {
          provide: ON_REFUSAL,
          inject: [Metrics, Refusals],
          useFactory:
            (metrics: Metrics, refusals: Refusals): OnRefusal =>
            (refusal, request) => {
              metrics.countRefusal(refusal.failure);
              refusals.note(refusal, request);
            },
        },
        {
          provide: IS_OUTAGE,
          inject: [DataSources],
          useFactory: (dataSources: DataSources) => (error: unknown) => dataSources.isOutage(error),
        },
      ],
    };
  }
}
