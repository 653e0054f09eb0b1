// Kernels called by programs, in every tier, against the same loops in Simple.
import { afterAll, describe, expect, it } from "vitest";
import {
  DiagnosticError,
  Engine,
  ProgramError,
  Session,
  SourceFile,
  type EngineOptions,
} from "../../src/engine/index.ts";
import { kernelFunctions, Kernels } from "../../src/kernels/index.ts";
import { nativeBackend } from "../engine/native-backend.ts";
import { runtimeLibrary } from "../engine/runtime-library.ts";
import { llvm, whyNoLlvm } from "../native/llvm.ts";

const externs = `
extern fn rt_matmul_f32(a: [f32], b: [f32], c: [f32], m: i64, n: i64, k: i64, reassociate: bool)
extern fn rt_matvec_f32(a: [f32], x: [f32], y: [f32], m: i64, k: i64, reassociate: bool)
extern fn rt_matmul_i8(a: [i8], b: [i8], c: [i32], m: i64, n: i64, k: i64)
extern fn rt_matvec_i8(a: [i8], x: [i8], y: [i32], m: i64, k: i64)
`;

const everyMode = [
  ["interpret", "wasm"],
  ["auto", "wasm"],
  ["jit", "wasm"],
  ["auto", "llvm"],
  ["jit", "llvm"],
] as const;

/** Multiplies by loops and by kernels, and counts the elements that differ. */
const compare = `${externs}
fn floats(count: i64, seed: i64) -> [f32]:
    var out: [f32] = []
    var state = seed
    for i in 0..count:
        state = (state * 1103 + 12345) % 65537
        out.push((state as f32) / 7919.0f32 - 4.0f32)
    out

fn bytes(count: i64, seed: i64) -> [i8]:
    var out: [i8] = []
    var state = seed
    for i in 0..count:
        state = (state * 1103 + 12345) % 65537
        out.push(state as i8)
    out

fn different(m: i64, n: i64, k: i64) -> i64:
    val a = floats(m * k, 1)
    val b = floats(k * n, 2)
    var c: [f32] = floats(m * n, 3)
    rt_matmul_f32(a, b, c, m, n, k, false)
    val p = bytes(m * k, 1)
    val q = bytes(k * n, 2)
    var r: [i32] = []
    for i in 0..m * n: r.push(-1i32)
    rt_matmul_i8(p, q, r, m, n, k)
    var y: [f32] = floats(m, 4)
    rt_matvec_f32(a, floats(k, 5), y, m, k, false)
    val x = floats(k, 5)
    var wrong = 0
    for i in 0..m:
        var dot = 0.0f32
        for l in 0..k: dot = dot + a[i * k + l] * x[l]
        if dot != y[i]: wrong = wrong + 1
        for j in 0..n:
            var sum = 0.0f32
            var whole = 0i32
            for l in 0..k:
                sum = sum + a[i * k + l] * b[l * n + j]
                whole = whole + (p[i * k + l] as i32) * (q[l * n + j] as i32)
            if sum != c[i * n + j]: wrong = wrong + 1
            if whole != r[i * n + j]: wrong = wrong + 1
    wrong

print "{different(1, 1, 1)} {different(7, 5, 3)} {different(19, 33, 21)}"
`;

describe.skipIf(llvm === undefined)(`programs that call kernels${whyNoLlvm}`, () => {
  if (llvm === undefined || nativeBackend === undefined) return;
  const backend = nativeBackend;
  let opened: Kernels | undefined;
  afterAll(() => opened?.close());
  const linked = kernelFunctions(() => (opened ??= Kernels.open()));

  function optionsWith(
    write: (text: string) => void,
    options: Partial<EngineOptions>,
  ): EngineOptions {
    return {
      linked,
      verify: true,
      library: runtimeLibrary,
      native: () => backend,
      write: (_, text) => write(text),
      clock: { monotonicNanos: () => process.hrtime.bigint(), unixMicros: () => 0n },
      ...options,
    };
  }

  function run(source: string, options: Partial<EngineOptions> = {}): string {
    let output = "";
    const engine = new Engine(optionsWith((text) => (output += text), options));
    const program = engine.load(new SourceFile("kernels.spl", source));
    program.run();
    program.close();
    return output;
  }

  it.each(everyMode)("get what their own loops give, in mode %s with %s", (mode, use) => {
    expect(run(compare, { mode, backend: use, collectAlways: mode === "auto" })).toBe("0 0 0\n");
  });

  it("see at once what a kernel wrote", () => {
    const source = `${externs}
fn steps(count: i64) -> f32:
    val a: [f32] = [0.0f32, 1.0f32, 1.0f32, 1.0f32]
    var x: [f32] = [1.0f32, 1.0f32]
    var y: [f32] = [0.0f32, 0.0f32]
    for i in 0..count:
        rt_matvec_f32(a, x, y, 2, 2, true)
        x[0] = y[0]
        x[1] = y[1]
    y[1]
print steps(20)
`;
    for (const use of ["wasm", "llvm"] as const) {
      expect(run(source, { mode: "jit", backend: use })).toBe("17711.0\n");
    }
  });

  it.each(everyMode)("are pieces of a session, in mode %s with %s", (mode, use) => {
    let output = "";
    const options: Partial<EngineOptions> = { mode, backend: use, collectAlways: mode === "auto" };
    const session = new Session(optionsWith((text) => (output += text), options));
    const evaluate = (text: string): string => {
      output = "";
      session.evaluate(new SourceFile("<input>", `${text}\n`));
      return output;
    };
    evaluate("extern fn rt_matvec_f32(a: [f32], x: [f32], y: [f32], m: i64, k: i64, r: bool)");
    evaluate("val a = [1.0f32, 2.0f32, 3.0f32, 4.0f32]\nvar y = [0.0f32, 0.0f32]");
    evaluate(
      "fn times(x: [f32]) -> f32:\n    rt_matvec_f32(a, x, y, 2, 2, false)\n    y[0] + y[1]",
    );
    expect(evaluate("times([1.0f32, 1.0f32])")).toBe("10.0\n");
    expect(evaluate("y")).toBe("[3.0, 7.0]\n");
    const twice =
      "fn times(x: [f32]) -> f32:\n    rt_matvec_f32(a, x, y, 2, 2, false)\n    y[0] * y[1]";
    expect(evaluate(`val before = \\: times([1.0f32, 0.0f32])\n${twice}`)).toBe("");
    expect(evaluate("before()")).toBe("3.0\n");
    expect(evaluate("for i in 0..200: before()\ntimes([0.0f32, 1.0f32])")).toBe("8.0\n");
    expect(() => evaluate("rt_matvec_f32(a, a, y, 2, 2, false)")).toThrow("has 4 elements");
    expect(() => evaluate("extern fn rt_matvec_f32(a: f32)")).toThrow(DiagnosticError);
    expect(evaluate("times([0.0f32, 1.0f32])")).toBe("8.0\n");
  });

  it("fail with the kernel's message at the place of the call", () => {
    const failing = (call: string): unknown => {
      try {
        run(`${externs}\nval xs: [f32] = [1.0f32]\nvar ys: [f32] = [0.0f32]\n${call}\n`);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    const error = failing("rt_matvec_f32(xs, xs, ys, 1, 2, false)");
    expect(error).toBeInstanceOf(ProgramError);
    expect(error).toMatchObject({
      code: "fail",
      message: "`a` of matvec(m 1, k 2) has 1 elements, expected 2",
      trace: [{ line: 9 }],
    });
    expect(failing("rt_matvec_f32(xs, ys, ys, 1, 1, false)")).toMatchObject({
      message: "`y` shares memory with `x`: a result needs an array of its own",
    });
    expect(failing("rt_matvec_f32(xs, xs, ys, -1, 1, false)")).toMatchObject({
      message: "m of `matvec` is -1, expected an integer of at least 1",
    });
  });
});
