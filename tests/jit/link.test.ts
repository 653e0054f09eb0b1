// Programs in Simple that call functions of native modules.
import { describe, expect, test } from "vitest";
import { Engine, SourceFile } from "../../src/engine/index.ts";
import { anneal, temporaryFile } from "../cli/process.ts";
import { fibonacci, openJit, whyNoJit } from "./modules.ts";

const program = `
extern fn fib(n: i64) -> i64
fn work(n: i64) -> i64:
    var sum = 0
    for i in 0..n: sum = sum + fib(i % 12)
    sum
print work(1000)
`;
const answer = "19260\n";

describe.skipIf(whyNoJit !== "")(`programs with native modules${whyNoJit}`, () => {
  test.each(["auto", "jit", "interpret"] as const)("a module's functions, in mode %s", (mode) => {
    const { jit } = openJit();
    const module = jit.loadMemory(fibonacci, "fibonacci");
    const linked = jit.hostFunctions(module);
    expect(linked).toMatchObject([
      { name: "fib", params: ["i64"], result: "i64", origin: "fibonacci" },
    ]);
    let output = "";
    const engine = new Engine({
      mode,
      linked,
      write: (_, text) => {
        output += text;
      },
      clock: { monotonicNanos: () => process.hrtime.bigint(), unixMicros: () => 0n },
    });
    engine.load(new SourceFile("a.spl", program)).run();
    expect(output).toBe(answer);
    expect(jit.functionInfo("fib").level).toBe(2);
    jit.destroy();
  });

  test("functions with other types than scalars and pointers are left out", () => {
    const { jit } = openJit();
    const module = jit.loadMemory(`
define i64 @a(i64 %x) { ret i64 %x }
define void @b(ptr %x) { ret void }
define i32 @c(i32 %x, ...) { ret i32 %x }
define internal i32 @d() { ret i32 1 }
define float @e(i1 %x, i8 %y, i16 %z, double %w) { ret float 1.0 }
define i128 @f() { ret i128 1 }
`);
    expect(
      jit.hostFunctions(module).map(({ name, params, result }) => [name, ...params, result]),
    ).toEqual([
      ["a", "i64", "i64"],
      ["b", "ptr", "unit"],
      ["e", "bool", "i8", "i16", "f64", "f32"],
    ]);
    jit.destroy();
  });

  test("anneal run --link, with modules that use each other", async () => {
    const simple = temporaryFile("app.spl", program);
    const below = temporaryFile("below.ll", fibonacci.replaceAll("@fib", "@below"));
    const above = temporaryFile(
      "above.ll",
      "declare i64 @below(i64) define i64 @fib(i64 %n) { %r = call i64 @below(i64 %n) ret i64 %r }",
    );
    const args = ["run", simple, "--link", below, "--link", above];
    const outcomes = await Promise.all([
      anneal(args),
      anneal([...args, "--backend", "llvm", "--stats"]),
    ]);
    expect(outcomes.map(({ code, out }) => [code, out])).toEqual([
      [0, answer],
      [0, answer],
    ]);
    expect(outcomes[0]?.err).toBe("");
    expect(outcomes[1]?.err).toMatch(/^below +O\d/m);
  });

  test("what the program and its modules write comes in order, up to where a module ends the process", async () => {
    const module = temporaryFile(
      "writer.ll",
      `
@in = private constant [6 x i8] c"C in;\\00"
@out = private constant [6 x i8] c"C out\\00"
declare i32 @printf(ptr, ...)
declare i32 @puts(ptr)
declare void @exit(i32)
define void @around(ptr %call) {
  %a = call i32 (ptr, ...) @printf(ptr @in)
  %b = call i64 %call(i64 1)
  %c = call i32 @puts(ptr @out)
  ret void
}
define void @quit(i32 %code) {
  %a = call i32 (ptr, ...) @printf(ptr @in)
  call void @exit(i32 %code)
  ret void
}
`,
    );
    const source = temporaryFile(
      "order.spl",
      `
extern fn around(call: fn(i64) -> i64)
extern fn quit(code: i32)
fn noisy(n: i64) -> i64:
    print "program in"
    n
for i in 0..3:
    print "before {i}"
    around(noisy)
print "last"
quit(9i32)
`,
    );
    const turns = [0, 1, 2].map((i) => `before ${i}\nC in;program in\nC out\n`);
    for (const mode of ["interpret", "jit"]) {
      const { code, out, err } = await anneal(["run", source, "--mode", mode, "--link", module]);
      expect({ code, out, err }).toEqual({ code: 9, out: `${turns.join("")}last\nC in;`, err: "" });
    }
  });

  test("mistakes are one message", async () => {
    const simple = temporaryFile("app.spl", program);
    const none = await anneal(["run", simple, "--link", "/no/such.bc"]);
    expect([none.code, none.out]).toEqual([2, ""]);
    expect(none.err).toContain("cannot read `/no/such.bc`");
    const other = temporaryFile("other.ll", "define double @fib(double %x) { ret double %x }");
    const wrong = await anneal(["run", simple, "--link", other]);
    expect([wrong.code, wrong.out]).toEqual([2, ""]);
    expect(wrong.err).toContain(
      "app.spl:2:11: error: `fib` is `(f64) -> f64` in other.ll, found `(i64) -> i64` [type/extern-signature]",
    );
    const address = temporaryFile("address.ll", "define ptr @name(i64 %x) { ret ptr null }");
    const named = (result: string): string =>
      temporaryFile("named.spl", `extern fn name(x: i64) -> ${result}\nprint name(1)\n`);
    const wanted = "A pointer that the module returns is declared as `i64`, its address.";
    for (const result of ["text", "[f64]", "fn(i64) -> i64"]) {
      const refused = await anneal(["run", named(result), "--link", address]);
      expect(refused.code).toBe(2);
      expect(refused.err).toContain(`found \`(i64) -> ${result}\` [type/extern-signature]`);
      expect(refused.err).toContain(wanted);
    }
  });

  test("parameters may have defaults", async () => {
    const module = temporaryFile(
      "minus.ll",
      "define i64 @minus(i64 %x, i64 %y) {\n  %z = sub i64 %x, %y\n  ret i64 %z\n}",
    );
    const source = temporaryFile(
      "defaults.spl",
      `val k = 9
extern fn minus(x: i64 = k * 10, y: i64 = 1) -> i64
fn main():
    val k = 5
    print "{minus()} {minus(k)} {minus(y: k)} {minus(y: 3, x: 2)}"
main()
`,
    );
    for (const mode of ["interpret", "jit"]) {
      const { out, err } = await anneal(["run", source, "--mode", mode, "--link", module]);
      expect({ out, err }).toEqual({ out: "89 4 85 -1\n", err: "" });
    }
  });
});
