import { type DynamicModule, Module } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Environment } from './environment.js';
import { AuthorizationServer } from './authorization-server.js';

/** What the program was told, and the time; for every module. */
@Module({})
export class ConfigModule {
  static with(environment: Environment): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: Environment, useValue: environment }, Clock, AuthorizationServer],
      exports: [Environment, Clock, AuthorizationServer],
    };
  }
}
