// Reading what is to be loaded: one object, or several as one.
import { ObjectError } from "../../object/index.ts";
import { mergeElf, parseElf, sourceName, type ElfObject } from "../../object/elf/index.ts";
import { layOut, type Layout } from "./layout.ts";
import { Reasons } from "./reasons.ts";

/** An object that was read, and what messages call it. Plain data: what one thread has read another can load. */
export interface ReadObject {
  readonly object: ElfObject;
  readonly name: string;
  /** Where its parts stand, if that has been decided. */
  readonly layout?: Layout;
}

/** Objects of our own compiler number their source locations each from 1. */
const ownPrefix = ".anneal.";

/** Reads and merges objects; null, with the reasons, if they cannot be read or do not belong together. */
export function readObjects(files: readonly Uint8Array[], reasons: Reasons): ReadObject | null {
  const objects: ElfObject[] = [];
  for (const [i, bytes] of files.entries()) {
    const object = readObject(bytes, files.length === 1 ? "" : `object ${i + 1}: `, reasons);
    if (object !== null) objects.push(object);
  }
  const [first] = objects;
  if (files.length === 0) reasons.add("no object");
  if (first === undefined || !reasons.empty) return null;
  const name = sourceName(first) ?? "object";
  if (objects.length === 1) return { object: first, name };
  for (const { machine, sections } of objects) {
    if (machine !== first.machine) {
      reasons.add(`objects for ${first.machine} and for ${machine} together`);
    }
    const own = sections.find((section) => section.name.startsWith(ownPrefix));
    if (own !== undefined) reasons.add(`an object with \`${own.name}\` is loaded alone`);
  }
  if (!reasons.empty) return null;
  const { object, clashes } = mergeElf(objects);
  for (const clash of clashes) {
    reasons.add(`\`${clash.name}\` is defined by each of ${clash.files.join(", ")}`);
  }
  if (!reasons.empty) return null;
  return { object, name: `${name} and ${objects.length - 1} more` };
}

/** Reads an object for `loadNative` on a machine with pages of `pageSize` bytes, and lays it out. Throws `ObjectError`. */
export function readNative(bytes: Uint8Array, pageSize: number): ReadObject {
  const object = parseElf(bytes);
  const read = { object, name: sourceName(object) ?? "object" };
  const reasons = new Reasons();
  const layout = layOut(object, pageSize, reasons);
  // What cannot be laid out is refused by who loads it, with all reasons.
  return reasons.empty ? { ...read, layout } : read;
}

function readObject(bytes: Uint8Array, prefix: string, reasons: Reasons): ElfObject | null {
  try {
    return parseElf(bytes);
  } catch (error) {
    if (!(error instanceof ObjectError)) throw error;
    reasons.add(`${prefix}${error.message}`);
    return null;
  }
}
