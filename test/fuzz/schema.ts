import fc from 'fast-check';
import { metadata, texts, values, wishFor } from './documents.js';

/** As much of a schema of OpenAPI as our documentation uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly example?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface ApiOperation {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema?: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}

const odd = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: values });

/** What a schema describes, and now and then something else. */
export function described(
  schema: Schema | undefined,
  document: ApiDocument,
  name = '',
  depth = 0,
): fc.Arbitrary<unknown> {
  if (!schema || depth > 4) return values;
  if (name === 'metadata' && depth > 0) return odd(metadata);
  const { $ref, allOf, oneOf, anyOf, example } = schema;
  if ($ref) return described(document.components.schemas[$ref.split('/').at(-1)!], document, name, depth);
  const whole = allOf ? merged(allOf, document) : schema;
  const choices = oneOf ?? anyOf;
  if (choices) return fc.oneof(...choices.map((one) => described(one, document, name, depth + 1)));
  if (example !== undefined && depth > 0)
    return fc.oneof(fc.constant(example), odd(plain(whole, document, name, depth)));
  return odd(plain(whole, document, name, depth));
}

function plain(schema: Schema, document: ApiDocument, name: string, depth: number): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.properties) return members(schema, document, depth);
  switch (schema.type) {
    case 'array':
      return fc.array(described(schema.items, document, name, depth + 1), { maxLength: 3 });
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 100_000, 100_000) });
    case 'string':
      return fc.oneof(texts, wishFor(name));
    case undefined:
    default:
      return fc.dictionary(texts, values, { maxKeys: 3, noNullPrototype: true });
  }
}

/** An object with what it must have, and a few of its other members. */
function members({ properties = {}, required = [] }: Schema, document: ApiDocument, depth: number) {
  const names = Object.keys(properties);
  const each = new Map(names.map((name) => [name, described(properties[name], document, name, depth + 1)]));
  return fc
    .subarray(names, { maxLength: Math.min(names.length, 5) })
    .chain((some) =>
      fc
        .tuple(
          ...[...new Set([...required, ...some])].map((name) => each.get(name)!.map((value) => [name, value] as const)),
        )
        .map((entries) => Object.fromEntries(entries)),
    );
}

function merged(parts: readonly Schema[], document: ApiDocument): Schema {
  const whole = parts.map(({ $ref, ...rest }) => ($ref ? document.components.schemas[$ref.split('/').at(-1)!]! : rest));
  return {
    properties: Object.assign({}, ...whole.map(({ properties }) => properties)) as Record<string, Schema>,
    required: whole.flatMap(({ required = [] }) => required),
  };
}
