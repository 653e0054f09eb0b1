// What V8's heap holds that something refers to.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes, after a collection. */
export function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
