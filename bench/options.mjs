// Options of the pages that are measured by a script of their own.
import { parseArgs } from "node:util";

/** Reads `--COUNT N`, 9 unless given, and `--no-write`: `{ count, writes }`. Throws for anything else. */
export function readOptions(args, count) {
  const { values } = parseArgs({
    args,
    options: { [count]: { type: "string", default: "9" }, "no-write": { type: "boolean" } },
  });
  const number = Number(values[count]);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new Error(`--${count} takes a number from 1 on, found ${values[count]}`);
  return { count: number, writes: values["no-write"] !== true };
}
