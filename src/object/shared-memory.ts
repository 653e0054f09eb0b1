// Modules for a memory that is not shared, made to fit one that is: V8 wants the import to say so, the code is the same.
import type { WasmObject } from "./module.ts";
import { sectionIds } from "./module.ts";
import { ByteReader } from "./reader.ts";
import { ByteWriter } from "./writer.ts";

const kinds = { function: 0, table: 1, memory: 2, global: 3 } as const;
const withMaximum = 1;
const sharedWithMaximum = 3;
const mostPages = 65_536;
const headerSize = 8;

/** The module with the import of a shared memory; the same bytes if it imports none, or a shared one. */
export function withSharedMemory({ bytes, sections, imports }: WasmObject): Uint8Array {
  const memory = imports.find(({ kind }) => kind === "memory");
  const at = sections.findIndex(({ id }) => id === sectionIds.import);
  const section = sections[at];
  if (memory?.kind !== "memory" || memory.shared || section === undefined) return bytes;
  const content = new ByteWriter();
  const reader = new ByteReader(bytes, section.start, section.end);
  let copied = section.start;
  for (let left = reader.uleb(); left > 0; left -= 1) {
    reader.text();
    reader.text();
    const kind = reader.u8();
    if (kind === kinds.function) reader.uleb();
    else if (kind === kinds.global) reader.skip(2);
    else {
      if (kind === kinds.table) reader.u8();
      const limits = reader.offset;
      const hasMaximum = reader.u8() === withMaximum;
      const minimum = reader.uleb();
      if (hasMaximum) reader.uleb();
      if (kind !== kinds.memory) continue;
      content.bytes(bytes.subarray(copied, limits));
      content.u8(sharedWithMaximum);
      content.uleb(minimum);
      content.uleb(mostPages);
      copied = reader.offset;
    }
  }
  content.bytes(bytes.subarray(copied, section.end));
  const out = new ByteWriter(bytes.length + 16);
  out.bytes(bytes.subarray(0, sections[at - 1]?.end ?? headerSize));
  out.u8(sectionIds.import);
  out.uleb(content.length);
  out.append(content);
  out.bytes(bytes.subarray(section.end));
  return out.finish();
}
