import { Module } from '@nestjs/common';
import { AccountStore } from './account.store.js';

/** Who signs in. */
@Module({ providers: [AccountStore], exports: [AccountStore] })
export class UsersModule {}
