import { applyDecorators, type Type } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, ApiQuery } from '@nestjs/swagger';
import type { Response } from 'express';
import { Refusal } from '../errors.js';
import { decodeCursor, encodeCursor, type Filters } from './cursor.js';
import { parameter } from './parameter.js';

const defaultLimit = 50;
const largestLimit = 200;

/** A part of a list as it is answered; without `next` it is the last. */
export interface Page<Item> {
  items: Item[];
  next?: string;
}

/** A class for the documentation of pages of such items. */
export function PageOf<Item>(item: Type<Item>): Type<Page<Item>> {
  class PageOfItems implements Page<Item> {
    @ApiProperty({ type: [item] })
    items: Item[];

    @ApiPropertyOptional({ description: 'The `after` of the next page; absent on the last one.' })
    next?: string;
  }
  return PageOfItems;
}

/** Where a page can end: by an id, a number, or by two things. */
type Place = string | number | readonly [unknown, unknown];

/** A list that is answered in pages, in an order that never changes. */
export interface List<Item, Position extends Place> {
  readonly url: string;
  /** The filters that it takes. */
  readonly filters?: readonly string[];
  /** What its cursors are bound to besides the filters, such as the thing that the list belongs to. */
  readonly of?: Filters;
  readonly isPosition: (value: unknown) => value is Position;
  readonly positionOf: (item: Item) => Position;
  /** At most `limit` items after a position, or from the beginning. */
  readonly find: (limit: number, after: Position | undefined, filters: Filters) => Promise<readonly Item[]>;
}

/** Answers the page that the query asks for, and links to the one after it (RFC 8288 section 3). */
export async function answerPage<Item, Position extends Place>(
  query: Readonly<Record<string, unknown>>,
  response: Response,
  { url, filters: names, of, isPosition, positionOf, find }: List<Item, Position>,
): Promise<Page<Item>> {
  const { limit, after, filters } = readPage(query, names);
  const bound = { ...filters, ...of };
  // One more than is shown says whether there is a next page.
  const found = await find(limit + 1, after === undefined ? after : decodeCursor(after, isPosition, bound), filters);
  const items = found.slice(0, limit);
  if (found.length <= limit) return { items };
  const next = encodeCursor(positionOf(items.at(-1)!), bound);
  const search = new URLSearchParams({ ...filters, limit: String(limit), after: next });
  response.setHeader('Link', `<${url}?${search.toString()}>; rel="next"`);
  return { items, next };
}

/** Documents the parameters of every list. */
export const PageParameters = (): MethodDecorator & ClassDecorator =>
  applyDecorators(
    ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: largestLimit, default: defaultLimit },
    }),
    ApiQuery({
      name: 'after',
      required: false,
      description: 'The `next` of the page before; it holds for the same filters only.',
      schema: { type: 'string' },
    }),
  );

/** The header of every page but the last. */
export const pageHeaders = { Link: 'The next page, if there is one (RFC 8288).' };

/** Which part of a list is asked for: at most `limit` items, `after` the cursor of the page before. */
interface PageRequest {
  readonly limit: number;
  readonly after?: string;
  readonly filters: Filters;
}

/** Reads the query of a list; `filters` names what it takes besides `limit` and `after`, and all else is refused. */
export function readPage(query: Readonly<Record<string, unknown>>, filters: readonly string[] = []): PageRequest {
  const {
    limit = String(defaultLimit),
    after,
    ...rest
  } = Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, parameter(name, value, ['limit', 'after', ...filters])]),
  );
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > largestLimit) {
    throw new Refusal('invalid_request', `limit must be a whole number from 1 to ${largestLimit}`);
  }
  return { limit: Number(limit), ...(after !== undefined && { after }), filters: rest };
}
