// What running a generated module does, for comparison.
import { MirInterpreter, type MirValue } from "../../src/interp/index.ts";
import type { MirModule } from "../../src/ir/mir/index.ts";
import {
  dataStart,
  indexError,
  ProgramError,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
} from "../../src/runtime/index.ts";
import { edgeFloat, edgeInt, generatedDataSize, generatedParams } from "./mir-generator.ts";
import type { Tape } from "./mir-tape.ts";
import { TestHeap, testHeapSize } from "./test-heap.ts";

export interface Outcome {
  readonly results: readonly string[];
  readonly error: string;
  /** Operands of the calls of the host function `log`. */
  readonly log: readonly string[];
  readonly memory: string;
}

/** Arguments for the function `f` of a generated module. */
export function generateArguments(tape: Tape): MirValue[] {
  return generatedParams.map((type, i) => {
    if (i === 0) return tape.below(4);
    if (type === "ref") return 0;
    if (type === "i64") return edgeInt(tape, type);
    return type === "i32" ? Number(edgeInt(tape, type)) : edgeFloat(tape, type);
  });
}

function show(value: MirValue): string {
  return Object.is(value, -0) ? "-0" : `${String(value)}${typeof value === "bigint" ? "n" : ""}`;
}

/**
 * Runs `f`; undefined if it takes too many steps or objects, which optimisation may change. With `collects` objects that no
 * frame shows are destroyed, so the module must have frames.
 */
export function runModule(
  module: MirModule,
  args: readonly MirValue[],
  stepLimit: number,
  collects = false,
): Outcome | undefined {
  const log: string[] = [];
  const dataEnd = dataStart + generatedDataSize + 64;
  const memory = new Uint8Array(dataEnd + testHeapSize + 16);
  const view = new DataView(memory.buffer);
  view.setInt32(shadowStackPointerAddress, shadowStackStart, true);
  view.setInt32(shadowStackLimitAddress, dataStart, true);
  const heap = new TestHeap(() => view, dataEnd, collects);
  for (let i = 0; i < generatedDataSize; i += 1) memory[dataStart + i] = i * 37 + 1;
  const interpreter = new MirInterpreter([module], {
    memory,
    stepLimit,
    dataAddresses: { data: dataStart },
    host: {
      log: (value: bigint) => void log.push(String(value)),
      half: (x: number) => x / 2,
      rt_index_error: (index: bigint, length: bigint) => {
        throw indexError(index, length);
      },
      ...heap.host,
    },
    allocate: (typeId, size) => heap.allocate(typeId, size),
  });
  let results: string[] = [];
  let error = "";
  try {
    results = interpreter.call("f", args).map(show);
  } catch (caught) {
    if (!(caught instanceof ProgramError)) throw caught;
    if (caught.code === "time_limit" || caught.code === "stack_overflow") return undefined;
    const trace = caught.trace.map((frame) => `${frame.function}:${frame.line}`);
    error = `${caught.code} at ${trace.join(" < ")}`;
  }
  return { results, error, log, memory: memory.slice(dataStart, dataEnd).join(",") };
}
