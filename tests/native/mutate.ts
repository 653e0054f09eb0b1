// Mutations of real objects for the fuzz test: flipped bits, cut files, copied ranges, fields with extreme values.
import fc from "fast-check";

type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "copy"; readonly from: number; readonly to: number; readonly size: number }
  | {
      readonly kind: "field";
      readonly table: number;
      readonly at: number;
      readonly value: bigint;
      readonly size: 1 | 2 | 4 | 8;
    };

const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const extremes = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, 0x7fn, 0xffn, 0xff00n, 0xffffn, 0x10000n, 0x7fff_ffffn, 0x8000_0000n),
  fc.constantFrom(0xffff_ffffn, 1n << 32n, 1n << 47n, 1n << 51n, 1n << 63n, (1n << 64n) - 1n),
  fc.bigInt({ min: 0n, max: 70_000n }),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at: position, bit: fc.nat(7) }),
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), at: position }) },
  fc.record({
    kind: fc.constant("copy" as const),
    from: position,
    to: position,
    size: fc.integer({ min: 1, max: 200 }),
  }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("field" as const),
      table: fc.nat(40),
      at: position,
      value: extremes,
      size: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
    }),
  },
);

/** Lists of mutations, the number of the object that they change, and one that says with which other it is loaded. */
export const mutations = fc.record({
  object: fc.nat(10_000),
  other: fc.nat(10_000),
  list: fc.array(mutation, { minLength: 1, maxLength: 4 }),
});

/** Ranges of an object that hold its structure, so that fields in them are hit more often than code. */
export function structureOf(bytes: Uint8Array): readonly (readonly [number, number])[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wide = bytes[4] === 2;
  const word = (at: number): number =>
    wide ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true);
  const table = word(wide ? 0x28 : 0x20);
  const ranges: [number, number][] = [
    [0, wide ? 64 : 52],
    [table, bytes.length],
  ];
  for (let at = table; at + (wide ? 64 : 40) <= bytes.length; at += wide ? 64 : 40) {
    const type = view.getUint32(at + 4, true);
    const from = word(at + (wide ? 24 : 16));
    // Symbols, names, relocations and, among the sections with bytes, the line tables.
    if (type !== 0 && type !== 8) ranges.push([from, from + word(at + (wide ? 32 : 20))]);
  }
  return ranges.filter(([start, end]) => end > start && end <= bytes.length);
}

/** A changed copy of an object. */
export function mutate(
  original: Uint8Array,
  structure: readonly (readonly [number, number])[],
  list: readonly Mutation[],
): Uint8Array {
  let bytes = Uint8Array.from(original);
  for (const change of list) {
    const at = (share: number): number => Math.floor(share * bytes.length);
    if (bytes.length === 0) break;
    switch (change.kind) {
      case "flip": {
        const i = at(change.at);
        bytes[i] = (bytes[i] ?? 0) ^ (1 << change.bit);
        break;
      }
      case "cut":
        bytes = bytes.slice(0, at(change.at));
        break;
      case "copy":
        bytes.copyWithin(at(change.to), at(change.from), at(change.from) + change.size);
        break;
      case "field": {
        const [start, end] = structure[change.table % structure.length] ?? [0, bytes.length];
        const from = start + Math.floor(change.at * (end - start));
        // Fields are aligned to their size.
        const aligned = from - (from % change.size);
        for (let i = 0; i < change.size && aligned + i < bytes.length; i += 1) {
          bytes[aligned + i] = Number((change.value >> BigInt(8 * i)) & 0xffn);
        }
        break;
      }
    }
  }
  return bytes;
}
