import { Module } from '@nestjs/common';
import { AdministratorsModule } from '../administrators/administrators.module.js';
import { AdmissionModule } from '../admission/admission.module.js';
import { InitialAccessTokensModule } from '../initial-access-tokens/initial-access-tokens.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { SimulationsController } from './simulations.controller.js';
import { Simulations } from './simulations.service.js';

/** Registrations are tried out. */
@Module({
  imports: [AdmissionModule, InitialAccessTokensModule, TemplatesModule, AdministratorsModule],
  controllers: [SimulationsController],
  providers: [Simulations],
})
export class SimulationsModule {}
