// The `dylink.0` section: what an object needs placed before it runs.
// Encoding: WebAssembly tool-conventions, DynamicLinking.md.
import type { ByteReader } from "./reader.ts";
import { ByteWriter } from "./writer.ts";

/** What an object needs of the memory and the table of its program. */
export interface Dylink {
  /** Bytes of linear memory for the object's data. */
  readonly memorySize: number;
  /** Alignment in bytes as a power of two's exponent. */
  readonly memoryAlign: number;
  /** Elements of the table for the object's functions. */
  readonly tableSize: number;
  readonly tableAlign: number;
  /** Names of objects that must be loaded before it. */
  readonly needed: readonly string[];
}

const memoryInfo = 1;
const neededObjects = 2;
const maxNeeded = 1000;

/** The content of the `dylink.0` section. */
export function encodeDylink(dylink: Dylink): ByteWriter {
  const out = new ByteWriter(16);
  const info = new ByteWriter(8);
  info.uleb(dylink.memorySize);
  info.uleb(dylink.memoryAlign);
  info.uleb(dylink.tableSize);
  info.uleb(dylink.tableAlign);
  out.u8(memoryInfo);
  out.uleb(info.length);
  out.append(info);
  if (dylink.needed.length > 0) {
    const names = new ByteWriter();
    names.uleb(dylink.needed.length);
    for (const name of dylink.needed) names.text(name);
    out.u8(neededObjects);
    out.uleb(names.length);
    out.append(names);
  }
  return out;
}

/** Reads the section's content; subsections of other kinds are skipped, as the convention allows. */
export function decodeDylink(reader: ByteReader): Dylink {
  let dylink: Dylink = { memorySize: 0, memoryAlign: 0, tableSize: 0, tableAlign: 0, needed: [] };
  while (!reader.atEnd) {
    const kind = reader.u8();
    const content = reader.sub(reader.uleb());
    if (kind === memoryInfo) {
      dylink = {
        ...dylink,
        memorySize: content.uleb(),
        memoryAlign: content.uleb(),
        tableSize: content.uleb(),
        tableAlign: content.uleb(),
      };
      content.expectEnd("memory info of `dylink.0`");
    } else if (kind === neededObjects) {
      const count = content.count("needed objects", maxNeeded);
      dylink = { ...dylink, needed: Array.from({ length: count }, () => content.text()) };
      content.expectEnd("needed objects of `dylink.0`");
    }
  }
  return dylink;
}
