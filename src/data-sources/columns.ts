import { Column, type ColumnOptions, PrimaryColumn, type ValueTransformer } from 'typeorm';

/**
 * The kinds of columns that every engine stores alike. Times are whole seconds since the epoch, made by the program: an
 * engine's own times depend on its zone. Documents are JSON as text, which no engine changes.
 */

const seconds: ValueTransformer = {
  // Some drivers answer a bigint as text.
  from: (stored: string | number | null) => (stored === null ? null : Number(stored)),
  to: (value: number | null) => value,
};

type Optional = Pick<ColumnOptions, 'nullable'>;

/** A key made by the program. */
export const Key = (name: string, length: number) => PrimaryColumn({ name, type: 'varchar', length });

/** A whole number that is part of a key. */
export const KeyNumber = (name: string) => PrimaryColumn({ name, type: 'int' });

/** Whole seconds since the epoch that are part of a key. */
export const KeyTime = (name: string) => PrimaryColumn({ name, type: 'bigint', transformer: seconds });

/** A text of limited length, compared by its exact characters. */
export const Text = (name: string, length: number, optional: Optional = {}) =>
  Column({ name, type: 'varchar', length, ...optional });

/** A text of any length. */
export const LongText = (name: string, optional: Optional = {}) => Column({ name, type: 'text', ...optional });

/** A JSON document of up to 16 MiB. */
export const Document = (name: string, optional: Optional = {}) => Column({ name, type: 'simple-json', ...optional });

export const WholeNumber = (name: string, optional: Optional = {}) => Column({ name, type: 'int', ...optional });

export const Flag = (name: string) => Column({ name, type: 'boolean' });

/** Whole seconds since the epoch. */
export const Time = (name: string, optional: Optional = {}) =>
  Column({ name, type: 'bigint', transformer: seconds, ...optional });

/**
 * Leaves the rows without a value out of an index, where the engine can: each entry is paid for by whoever stores the
 * row. What looks for those without goes another way.
 */
export const ifThereIs = (column: string) => ({ where: `${column} IS NOT NULL` });
