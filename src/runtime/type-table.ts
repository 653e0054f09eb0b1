// What the collector and the library know about a program's own types: a table of addresses of descriptors, by type id
// from `firstProgramType`, and the descriptors. The program writes it into its static data and says where it is in
// `heapWords.typeTable` and `heapWords.typeCount`.
import { storageCode, storageTypes, type StorageType } from "./object-layout.ts";

/** Offsets in a descriptor, u32 each. A field is its offset in the object times 256 plus its `storageCode`. */
export const typeDescriptorFields = {
  /** Bytes of an object. */
  size: 0,
  /** 1 if objects with equal fields are equal, 0 if only the same object is. */
  byFields: 4,
  /** How many fields there are; how many of them are `ref` and how many `any`. */
  count: 8,
  refs: 12,
  anys: 16,
  /** First the `ref` fields, then the `any` fields, then the others. */
  fields: 20,
} as const;

/** The part of a layout that the table holds; HIR's layouts fit. */
export interface TypeLayout {
  readonly size: number;
  readonly equality: "fields" | "identity";
  readonly fields: readonly { readonly type: StorageType; readonly offset: number }[];
}

/** The table and the descriptors of types in order of their ids, for an address that is a multiple of 4. */
export function encodeTypeTable(layouts: readonly TypeLayout[], address: number): Uint32Array {
  const addresses: number[] = [];
  const descriptors: number[] = [];
  for (const { size, equality, fields } of layouts) {
    addresses.push(address + 4 * (layouts.length + descriptors.length));
    const of = (type: StorageType) => fields.filter((field) => field.type === type);
    const refs = of("ref");
    const anys = of("any");
    const others = storageTypes.flatMap((type) =>
      type === "ref" || type === "any" ? [] : of(type),
    );
    descriptors.push(size, equality === "fields" ? 1 : 0, fields.length, refs.length, anys.length);
    for (const { type, offset } of [...refs, ...anys, ...others]) {
      descriptors.push(offset * 256 + storageCode(type));
    }
  }
  return Uint32Array.from([...addresses, ...descriptors]);
}
