// Limits, traces, memory and the boundary to the host; what opcodes do is tested by tests/filetests/run.
import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../base/index.ts";
import {
  parseModule,
  renderVerifyErrors,
  verifyModule,
  type MirModule,
} from "../../ir/mir/index.ts";
import { controlWordAddress, dataStart, ProgramError, runtimeError } from "../../runtime/index.ts";
import { MirInterpreter } from "./interpreter.ts";

function read(text: string): MirModule {
  const sink = new DiagnosticSink();
  const module = parseModule(new SourceFile("test.mir", text), sink);
  expect(sink.all).toEqual([]);
  expect(renderVerifyErrors(verifyModule(module))).toBe("");
  return module;
}

function failure(run: () => unknown): ProgramError {
  try {
    run();
  } catch (error) {
    if (error instanceof ProgramError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

const shown = (error: ProgramError): string[] =>
  error.trace.map(({ function: name, file, line, column }) => `${name} ${file}:${line}:${column}`);

const divides = `declare host @back(i64) -> i64

func @div(i64, i64) -> i64 {
  loc0 = "a.spl" 2 5 "div"
  loc1 = "a.spl" 9 1 "inlined" caller loc0
block0(v0: i64, v1: i64):
  v2 = iadd v0, v1 !loc0
  v3 = sdiv v0, v1 !loc1
  return v3
}

func @main(i64) -> i64 {
  loc0 = "b.spl" 7 3 "main"
block0(v0: i64):
  v1 = iconst.i64 100
  v2 = call @div(v1, v0) !loc0
  return v2
}

func @through_host(i64) -> i64 {
  loc0 = "c.spl" 1 1 "outer"
block0(v0: i64):
  v1 = call_host @back(v0) !loc0
  return v1
}
`;

describe("traces", () => {
  it("have a frame for each call and for each inlined call", () => {
    const interpreter = new MirInterpreter([read(divides)]);
    expect(interpreter.call("main", [7n])).toEqual([14n]);
    const error = failure(() => interpreter.call("main", [0n]));
    expect(error.code).toBe("division_by_zero");
    expect(shown(error)).toEqual(["inlined a.spl:9:1", "div a.spl:2:5", "main b.spl:7:3"]);
  });

  it("go on through host functions that call back, and the interpreter can be used again", () => {
    const host = { back: (value: bigint) => interpreter.call("main", [value])[0] };
    const interpreter: MirInterpreter = new MirInterpreter([read(divides)], { host });
    expect(interpreter.call("through_host", [5n])).toEqual([20n]);
    const error = failure(() => interpreter.call("through_host", [0n]));
    expect(shown(error).slice(-2)).toEqual(["main b.spl:7:3", "outer c.spl:1:1"]);
    expect(interpreter.call("through_host", [4n])).toEqual([25n]);
  });

  it("start at the call of a host function that fails", () => {
    const host = {
      back: () => {
        throw runtimeError("interrupted");
      },
    };
    const error = failure(() =>
      new MirInterpreter([read(divides)], { host }).call("through_host", [1n]),
    );
    expect(error.code).toBe("interrupted");
    expect(shown(error)).toEqual(["outer c.spl:1:1"]);
  });
});

describe("limits", () => {
  const module = read(`func @forever() {
  loc0 = "a.spl" 1 1 "forever"
block0:
  jump block1 !loc0
block1:
  jump block1 !loc0
}

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
`);

  it("stop an endless loop", () => {
    const interpreter = new MirInterpreter([module], { stepLimit: 1000 });
    expect(failure(() => interpreter.call("forever", [])).code).toBe("time_limit");
    expect(interpreter.steps).toBeGreaterThan(1000);
  });

  it("stop endless recursion, with the call as the place", () => {
    const interpreter = new MirInterpreter([module], { callDepthLimit: 60 });
    const error = failure(() => interpreter.call("down", [-1n]));
    expect(error.code).toBe("stack_overflow");
    expect(error.trace).toHaveLength(60);
    expect(shown(error)[0]).toBe("down a.spl:2:2");
    expect(interpreter.call("down", [59n])).toEqual([59n]);
    expect(failure(() => interpreter.call("down", [60n])).code).toBe("stack_overflow");
  });

  it("do not depend on the JavaScript stack", () => {
    const interpreter = new MirInterpreter([module], { callDepthLimit: 200_001 });
    expect(interpreter.call("down", [200_000n])).toEqual([200_000n]);
  });
});

describe("memory", () => {
  const module = read(`data @first align 1 = "abc"
data @second align 8 = "\\01\\00\\00\\00"
extern data @variable
func @addresses() -> i32, i32, i32 {
block0:
  v0 = symbol_addr @first
  v1 = symbol_addr @second
  v2 = symbol_addr @variable
  return v0, v1, v2
}
func @load(i32) -> i32 {
block0(v0: i32):
  v1 = load.i32 v0+4
  return v1
}
func @poll() {
block0:
  safepoint
  return
}
`);

  it("places data by alignment, or where it is told to", () => {
    const own = new MirInterpreter([module]);
    expect(own.call("addresses", [])).toEqual([dataStart, dataStart + 8, dataStart + 16]);
    const given = new MirInterpreter([module], { dataAddresses: { second: 1024 } });
    expect(given.call("addresses", [])).toEqual([dataStart, 1024, dataStart + 8]);
    expect(given.call("load", [1020])).toEqual([1]);
  });

  it("follows a memory that gets another buffer", () => {
    const memory = { buffer: new ArrayBuffer(64) };
    const small = new MirInterpreter(
      [read("func @f(i32) -> i32 {\nblock0(v0: i32):\n  v1 = load8_u v0\n  return v1\n}")],
      { memory },
    );
    expect(() => small.call("f", [100])).toThrow(RangeError);
    memory.buffer = new ArrayBuffer(128);
    new Uint8Array(memory.buffer)[100] = 7;
    expect(small.call("f", [100])).toEqual([7]);
  });

  it("takes addresses as unsigned, so that none wraps around", () => {
    expect(() => new MirInterpreter([module]).call("load", [-4])).toThrow(RangeError);
  });

  it("stops at a safepoint if the control word says so", () => {
    const interpreter = new MirInterpreter([module]);
    expect(interpreter.call("poll", [])).toEqual([]);
    interpreter.view().setInt32(controlWordAddress, 1, true);
    expect(() => interpreter.call("poll", [])).toThrow("interrupted");
    interpreter.view().setInt32(controlWordAddress, 2, true);
    expect(() => interpreter.call("poll", [])).toThrow("time limit exceeded");
  });
});

describe("the boundary", () => {
  const module = read(`declare host @give(i32) -> f32
declare host @wide() -> i64
declare host @flag() -> i32
declare slot @elsewhere(i64) -> i64, i64
func @f() -> f32, i64, i32, i64, i64 {
block0:
  v0 = iconst.i32 3
  v1 = call_host @give(v0)
  v2 = call_host @wide()
  v3 = call_host @flag()
  v4, v5 = call_slot @elsewhere(v2)
  return v1, v2, v3, v4, v5
}
`);

  it("brings results of host functions and slots to their types", () => {
    const interpreter = new MirInterpreter([module], {
      host: { give: (x: number) => x + 0.1, wide: () => 2n ** 64n - 1n, flag: () => true },
      slots: (symbol) => (symbol === "elsewhere" ? ([x = 0n]) => [x, 5n] : undefined),
    });
    expect(interpreter.call("f", [])).toEqual([Math.fround(3.1), -1n, 1, -1n, 5n]);
  });

  it("names what is missing", () => {
    expect(() => new MirInterpreter([module]).call("f", [])).toThrow(/@give/);
    expect(() => new MirInterpreter([module]).call("g", [])).toThrow(/@g/);
  });

  it("finds a slot's function in another module", () => {
    const other = read(`func @elsewhere(i64) -> i64, i64 {
block0(v0: i64):
  return v0, v0
}
`);
    const caller = read(`declare slot @elsewhere(i64) -> i64, i64
func @f(i64) -> i64 {
block0(v0: i64):
  v1, v2 = call_slot @elsewhere(v0)
  v3 = iadd v1, v2
  return v3
}
`);
    expect(new MirInterpreter([caller, other]).call("f", [21n])).toEqual([42n]);
  });
});
