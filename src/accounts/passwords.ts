import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Keyring } from '../clients/keyring.js';
import type { Account } from '../users/account.entity.js';
import { normalizedPassword } from './password-rules.js';

/** 19 MiB, two passes, one lane of argon2id: what OWASP asks for at least, and some 10 ms (RFC 9106). */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

type Sealed = Pick<Account, 'id' | 'password'>;

/** Makes and judges what is stored of passwords. */
@Injectable()
export class Passwords {
  private readonly nobodys = hash(randomBytes(32), cost);

  constructor(private readonly keyring: Keyring) {}

  /** What is stored of the password of an account. */
  async stored(id: string, password: string): Promise<string> {
    return this.keyring.seal(await hash(normalizedPassword(password), cost), contextOf(id));
  }

  /** Whether a password is that of an account; as slow where there is no account, or none with a password. */
  async matches(account: Sealed | undefined, password: string): Promise<boolean> {
    const opened = account?.password ? this.keyring.open(account.password, contextOf(account.id)) : undefined;
    const isRight = await verify(opened ?? (await this.nobodys), normalizedPassword(password));
    return isRight && opened !== undefined;
  }

  /** The same hash under the current key; nothing when it is under it already. */
  renewed({ id, password }: Sealed): string | undefined {
    if (!password || this.keyring.isCurrent(password)) return undefined;
    const opened = this.keyring.open(password, contextOf(id));
    return opened === undefined ? undefined : this.keyring.seal(opened, contextOf(id));
  }
}

const contextOf = (id: string): string => `password of ${id}`;
