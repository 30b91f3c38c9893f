import { Module } from '@nestjs/common';
import { ClientSecrets } from './client-secrets.js';
import { ClientStore } from './client.store.js';
import { Keyring } from './keyring.js';

/** The stored client and its credentials. */
@Module({ providers: [ClientStore, ClientSecrets, Keyring], exports: [ClientStore, ClientSecrets, Keyring] })
export class ClientsModule {}
