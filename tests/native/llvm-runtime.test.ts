// What native code does at its limits: deep recursion, traps inside of host calls, locations of code that LLVM inlined.
import { afterAll, describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../src/base/index.ts";
import { parseModule, type MirModule } from "../../src/ir/mir/index.ts";
import { controlWordAddress, ProgramError, runtimeError } from "../../src/runtime/index.ts";
import { llvm, whyNoLlvm } from "./llvm.ts";
import { nativeHost, NativeLinker } from "./llvm-program.ts";

const linker =
  llvm === undefined || nativeHost === undefined ? undefined : new NativeLinker(llvm, nativeHost);
afterAll(() => linker?.dispose());

const text = `declare host @back(i64) -> i64
func @down(i64) -> i64 {
  loc0 = "a.spl" 2 2 "down"
block0(v0: i64):
  v1 = iconst.i64 1
  v2 = isub v0, v1
  v3 = iconst.i64 0
  v4 = icmp eq v0, v3
  brif v4, block1, block2
block1:
  return v0
block2:
  v5 = call @down(v2) !loc0
  v6 = iadd v5, v1
  return v6
}
func @div(i64) -> i64 {
  loc0 = "a.spl" 5 1 "div"
block0(v0: i64):
  v1 = iconst.i64 100
  v2 = sdiv v1, v0 !loc0
  return v2
}
func @outer(i64) -> i64 {
  loc0 = "b.spl" 7 1 "outer"
  loc1 = "b.spl" 8 1 "middle" caller loc0
block0(v0: i64):
  v1 = call @div(v0) !loc1
  return v1
}
func @through(i64) -> i64 {
  loc0 = "c.spl" 9 1 "through"
block0(v0: i64):
  v1 = call_host @back(v0) !loc0
  return v1
}
func @forever() {
  loc0 = "d.spl" 3 1 "forever"
block0:
  jump block1
block1:
  safepoint !loc0
  jump block1
}
`;

function read(): MirModule {
  const sink = new DiagnosticSink();
  const module = parseModule(new SourceFile("test.mir", text), sink);
  expect(sink.all).toEqual([]);
  return module;
}

function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    const frames = error.trace.map((frame) => `${frame.function}:${frame.line}`);
    return `${error.code} at ${frames.slice(0, 4).join(" < ")}`;
  }
  throw new Error("it did not fail");
}

describe.skipIf(linker === undefined).each([0, 1, 2, 3] as const)(
  `native code of O%i${whyNoLlvm}`,
  (level) => {
    const memory = { buffer: new ArrayBuffer(4096) };
    const load = (): ReturnType<NativeLinker["load"]> => {
      if (linker === undefined) throw new Error("there is no libLLVM");
      const compile = { name: "test", abiHash: "test", level };
      const host = {
        back: (value: bigint): unknown => {
          if (value === 7n) throw runtimeError("interrupted");
          return program.call("outer", [value])[0];
        },
      };
      const program = linker.load(read(), { compile, memory, host });
      return program;
    };

    it("ends a recursion without end, and can be entered again", () => {
      const program = load();
      expect(program.call("down", [1000n])).toEqual([1000n]);
      const shown = "stack_overflow at down:2 < down:2 < down:2 < down:2";
      expect(failure(() => program.call("down", [-1n]))).toBe(shown);
      expect(program.call("down", [1000n])).toEqual([1000n]);
      program.dispose();
    });

    it("has the frames of inlined calls in traces", () => {
      const program = load();
      expect(program.call("outer", [5n])).toEqual([20n]);
      const shown = "division_by_zero at div:5 < middle:8 < outer:7";
      expect(failure(() => program.call("outer", [0n]))).toBe(shown);
      program.dispose();
    });

    it("goes through host functions that call back or fail", () => {
      const program = load();
      expect(program.call("through", [5n])).toEqual([20n]);
      expect(failure(() => program.call("through", [7n]))).toBe("interrupted at through:9");
      expect(failure(() => program.call("through", [0n]))).toBe(
        "division_by_zero at div:5 < middle:8 < outer:7 < through:9",
      );
      expect(program.call("through", [4n])).toEqual([25n]);
      program.dispose();
    });

    it("stops at safepoints", () => {
      const program = load();
      new DataView(memory.buffer).setInt32(controlWordAddress, 1, true);
      expect(failure(() => program.call("forever", []))).toBe("interrupted at forever:3");
      new DataView(memory.buffer).setInt32(controlWordAddress, 0, true);
      program.dispose();
    });
  },
);
