// Comparison of outcomes on targets where the payload of a NaN may differ.
import type { Outcome } from "./mir-outcome.ts";

/** A result as text that is equal if and only if the values are. */
export function showValue(value: number | bigint): string {
  return Object.is(value, -0) ? "-0" : `${String(value)}${typeof value === "bigint" ? "n" : ""}`;
}

/** The NaNs of a memory in one form: their signs and payloads are not specified where arithmetic makes them. */
function withPlainNaNs(memory: string): string {
  const view = new DataView(Uint8Array.from(memory.split(","), Number).buffer);
  for (let at = 0; at + 8 <= view.byteLength; at += 8) {
    if (Number.isNaN(view.getFloat64(at, true))) view.setFloat64(at, Number.NaN, true);
    for (const half of [at, at + 4]) {
      if (Number.isNaN(view.getFloat32(half, true))) view.setFloat32(half, Number.NaN, true);
    }
  }
  return new Uint8Array(view.buffer).join(",");
}

/** Whether two outcomes are the same but for the bits of NaNs in memory. */
export function sameOutcome(actual: Outcome, expected: Outcome): boolean {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return true;
  const plain = (of: Outcome): string =>
    JSON.stringify({ ...of, memory: withPlainNaNs(of.memory) });
  return plain(actual) === plain(expected);
}
