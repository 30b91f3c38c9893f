import type { ValueTransformer } from 'typeorm';

/** Whole seconds since the epoch in a `bigint`, which some drivers answer as text. */
export const seconds: ValueTransformer = {
  from: (stored: string | number | null) => (stored === null ? null : Number(stored)),
  to: (value: number | null) => value,
};
