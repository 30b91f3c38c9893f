import type { Response } from 'express';
import type { Refusal } from '../errors.js';

/** How a refusal is told where the one shape of errors is not what the caller reads. */
export type RefusalBody = (refusal: Refusal) => object;

const bodies = new WeakMap<object, RefusalBody>();

/** Has a response tell refusals in the words of a specification that has its own. */
export const tellRefusalsAs = (response: Response, body: RefusalBody): void => void bodies.set(response, body);

/** What tells a refusal: in the words of the response, else in our own. */
export const refusalBody = (response: Response, refusal: Refusal): object =>
  bodies.get(response)?.(refusal) ?? refusal.body;
