import type { Response } from 'express';
import type { Refusal } from '../errors.js';

type RefusalPage = (refusal: Refusal) => string;

const pages = new WeakMap<object, RefusalPage>();

/** Has a response tell refusals as a page, since a person is there to read it and no program. */
export const tellRefusalsAsPages = (response: Response, page: RefusalPage): void => void pages.set(response, page);

/** The page that tells a refusal, where the response has one. */
export const refusalPage = (response: Response, refusal: Refusal): string | undefined => pages.get(response)?.(refusal);
