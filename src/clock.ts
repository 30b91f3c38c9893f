import { Injectable } from '@nestjs/common';

/** The time as the program sees it; injected, so that tests can stop it. */
@Injectable()
export class Clock {
  /** Whole seconds since the epoch, the unit of every time that we store or show. */
  now(): number {
    return Math.floor(Date.now() / 1000);
  }
}
