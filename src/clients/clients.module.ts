import { Module } from '@nestjs/common';
import { ChangedClients } from './changed-clients.js';
import { ClientSecrets } from './client-secrets.js';
import { ClientStore } from './client.store.js';
import { EndedClients } from './ended-clients.js';
import { ImportedHashes } from './imported-hashes.js';
import { Keyring } from './keyring.js';
import { UsageClock } from './usage-clock.js';
import { WrongGuesses } from './wrong-guesses.js';

/** The stored client and its credentials. */
@Module({
  providers: [
    ClientStore,
    ChangedClients,
    ClientSecrets,
    ImportedHashes,
    WrongGuesses,
    Keyring,
    UsageClock,
    EndedClients,
  ],
  exports: [ClientStore, ChangedClients, ClientSecrets, Keyring, UsageClock, EndedClients],
})
export class ClientsModule {}
