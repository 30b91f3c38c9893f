import { Module } from '@nestjs/common';
import { ClientsModule } from '../clients/clients.module.js';
import { LookupController } from './lookup.controller.js';
import { LookupService } from './lookup.service.js';

/** What an authorization server asks. */
@Module({ imports: [ClientsModule], controllers: [LookupController], providers: [LookupService] })
export class LookupModule {}
