import fc from 'fast-check';
import { dictionary } from './dictionary.js';

/** One step away from what is well-formed, at places that are shares of the length. */
type Step = (bytes: Buffer) => Buffer;

const share = fc.nat({ max: 999 });
const at = (bytes: Buffer, thousandth: number) => Math.floor((bytes.length * thousandth) / 1_000);
const between = (bytes: Buffer, one: number, other: number) =>
  [at(bytes, Math.min(one, other)), at(bytes, Math.max(one, other))] as const;

const steps: fc.Arbitrary<Step> = fc.oneof(
  // A bit is flipped.
  fc.tuple(share, fc.nat({ max: 7 })).map(([place, bit]) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[at(bytes, place)]! ^= 1 << bit;
    return changed;
  }),
  // A byte becomes another.
  fc
    .tuple(share, fc.constantFrom(0, 9, 10, 13, 32, 34, 44, 47, 58, 92, 0x7f, 0x80, 0xc0, 0xed, 0xf5, 0xff))
    .map(([place, byte]) => (bytes: Buffer) => {
      const changed = Buffer.from(bytes);
      if (changed.length > 0) changed[at(bytes, place)] = byte;
      return changed;
    }),
  // A word is put in.
  fc.tuple(share, fc.constantFrom(...dictionary)).map(
    ([place, word]) =>
      (bytes: Buffer) =>
        Buffer.concat([bytes.subarray(0, at(bytes, place)), Buffer.from(word), bytes.subarray(at(bytes, place))]),
  ),
  // A piece is taken out.
  fc.tuple(share, share).map(([one, other]) => (bytes: Buffer) => {
    const [from, to] = between(bytes, one, other);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  }),
  // A piece comes twice.
  fc.tuple(share, share).map(([one, other]) => (bytes: Buffer) => {
    const [from, to] = between(bytes, one, other);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  }),
  // What stands before a place stands behind it.
  share.map(
    (place) => (bytes: Buffer) =>
      Buffer.concat([bytes.subarray(at(bytes, place)), bytes.subarray(0, at(bytes, place))]),
  ),
);

/** Something well-formed, and up to four steps away from it. */
export const mutated = (wellFormed: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(wellFormed, fc.array(steps, { maxLength: 4 }))
    .map(([bytes, taken]) => taken.reduce<Buffer>((changed, step) => step(changed), Buffer.from(bytes)));

/** The same of texts; each character is a byte, as in a header of HTTP. */
export const mutatedText = (wellFormed: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  mutated(wellFormed.map((text) => Buffer.from(text, 'latin1'))).map((bytes) => bytes.toString('latin1'));
