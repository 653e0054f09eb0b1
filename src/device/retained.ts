// How much memory plain data takes in V8: for figures, not to the byte.

const word = 8;
/** Heads of objects: map, properties, elements. */
const objectHead = 3 * word;
const arrayHead = 2 * word;
const textHead = 2 * word;
/** An entry of a `Map` or `Set`, with its share of the hash table. */
const entrySize = 4 * word;

/**
 * Bytes that texts, arrays, maps, records and buffers take that can be reached from `roots`, each counted once. Functions, and memory that
 * threads share, are not counted.
 */
export function retainedBytes(roots: Iterable<unknown>): number {
  const seen = new Set<unknown>();
  const pending = [...roots];
  let bytes = 0;
  while (pending.length > 0) {
    const value = pending.pop();
    if (value === null || (typeof value !== "object" && typeof value !== "string")) continue;
    if (seen.has(value)) continue;
    seen.add(value);
    bytes += typeof value === "string" ? textBytes(value) : ownBytes(value, pending);
  }
  return bytes;
}

function textBytes(text: string): number {
  // oxlint-disable-next-line no-control-regex -- V8 keeps texts of these characters in bytes.
  const size = /^[\0-\xff]*$/.test(text) ? text.length : 2 * text.length;
  return textHead + Math.ceil(size / word) * word;
}

/** What the object itself takes; what it refers to is pending. */
function ownBytes(value: object, pending: unknown[]): number {
  if (ArrayBuffer.isView(value)) {
    pending.push(value.buffer);
    return objectHead;
  }
  if (value instanceof ArrayBuffer) return objectHead + value.byteLength;
  if (value instanceof Map || value instanceof Set) {
    for (const entry of value) {
      if (value instanceof Set) pending.push(entry);
      else if (Array.isArray(entry)) pending.push(entry[0], entry[1]);
    }
    return objectHead + entrySize * value.size;
  }
  const fields: unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const field of fields) pending.push(field);
  return (Array.isArray(value) ? objectHead + arrayHead : objectHead) + word * fields.length;
}
