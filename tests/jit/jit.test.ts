// The interface of modules: load, call, compile again, count, unload.
import { describe, expect, test } from "vitest";
import { JitError, type JitArgument } from "../../src/jit/index.ts";
import { fibonacci, openJit, whyNoJit } from "./modules.ts";

/** The message and the help of what an action throws. */
function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof JitError) return `${error.message} / ${error.help}`;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe.skipIf(whyNoJit !== "")(`modules of bitcode${whyNoJit}`, () => {
  test("a function starts at O0, and is at O1 after 100 calls and at O2 after 1000", () => {
    const { jit, events } = openJit();
    jit.loadMemory(fibonacci, "fib");
    const fib = jit.find("fib");
    expect(fib.signature).toBe("i64 fib(i64)");
    expect([fib.call(2), jit.functionInfo("fib").calls]).toEqual([1n, 3]);
    expect(jit.functionInfo("fib").level).toBe(0);
    expect(fib.call(20)).toBe(6765n);
    expect(events.map(({ from, to, reason, calls }) => ({ from, to, reason, calls }))).toEqual([
      { from: null, to: 0, reason: "loaded", calls: 0 },
      { from: 0, to: 1, reason: "100 calls", calls: 100 },
      { from: 1, to: 2, reason: "1000 calls", calls: 1000 },
    ]);
    expect(jit.functionInfo("fib").level).toBe(2);
    expect(fib.call(25)).toBe(75_025n);
    jit.destroy();
  });

  test("every level computes the same, and has code of its own behind the same address", () => {
    const { jit } = openJit({ automatic: false, top: 3 });
    jit.loadMemory(fibonacci, "fib");
    const fib = jit.find("fib");
    const places = new Set<number>();
    for (const level of [0, 1, 2, 3] as const) {
      jit.recompile("fib", level);
      const { codeAddress, address, level: found } = jit.functionInfo("fib");
      places.add(codeAddress);
      expect([found, address, fib.call(15)]).toEqual([level, fib.address, 610n]);
    }
    expect(places.size).toBeGreaterThan(1);
    jit.destroy();
  });

  test("values of every type that can be passed", () => {
    const { jit } = openJit();
    jit.loadMemory(`
define zeroext i1 @not(i1 zeroext %x) { %r = xor i1 %x, true ret i1 %r }
define signext i8 @s8(i8 signext %x) { %r = add i8 %x, 1 ret i8 %r }
define zeroext i8 @u8(i8 zeroext %x) { %r = add i8 %x, 1 ret i8 %r }
define i32 @wide(i8 zeroext %x) { %r = zext i8 %x to i32 ret i32 %r }
define i16 @i16(i16 %x) { ret i16 %x }
define i32 @i32(i32 %x) { ret i32 %x }
define i64 @i64(i64 %x) { ret i64 %x }
define float @half(float %x) { %r = fdiv float %x, 2.0 ret float %r }
define double @third(double %x) { %r = fdiv double %x, 3.0 ret double %r }
declare i64 @strlen(ptr)
define i64 @length(ptr %x) { %r = call i64 @strlen(ptr %x) ret i64 %r }
define i8 @first(ptr %x) { %r = load i8, ptr %x ret i8 %r }
define ptr @same(ptr %x) { ret ptr %x }
define void @nothing() { ret void }
`);
    const call = (name: string, ...args: JitArgument[]) => jit.find(name).call(...args);
    expect([call("not", true), call("not", 0)]).toEqual([false, true]);
    expect([call("s8", 127), call("u8", 255), call("u8", -2), call("wide", -1)]).toEqual([
      -128, 0, 255, 255,
    ]);
    expect([call("i16", -5), call("i32", 0xffff_ffff), call("i32", -(2 ** 31))]).toEqual([
      -5,
      -1,
      -(2 ** 31),
    ]);
    expect([call("i64", 2n ** 63n), call("i64", 7)]).toEqual([-(2n ** 63n), 7n]);
    expect([call("half", 3), call("third", 1n), call("half", 0.1)]).toEqual([
      1.5,
      1 / 3,
      Math.fround(0.1) / 2,
    ]);
    expect([call("length", "grün"), call("first", Uint8Array.of(7, 8))]).toEqual([5n, 7]);
    expect([call("same", null), call("same", 4096), call("nothing")]).toEqual([
      0n,
      4096n,
      undefined,
    ]);
    jit.destroy();
  });

  test("what does not fit is refused with the signature", () => {
    const { jit } = openJit();
    jit.loadMemory(`
define i64 @fib(i64 %n) { ret i64 %n }
define i8 @small(i8 %n) { ret i8 %n }
define i128 @wide(i128 %n) { ret i128 %n }
define <4 x float> @vector() { ret <4 x float> zeroinitializer }
define void @struct(ptr sret({ i64, i64 }) %r) { ret void }
define i32 @many(i32 %n, ...) { ret i32 %n }
define internal i32 @hidden() { ret i32 1 }
define i32 @shown() { %r = call i32 @hidden() ret i32 %r }
`);
    expect(refusal(() => jit.find("fibb"))).toBe("no function `fibb` / did you mean `fib`?");
    expect(refusal(() => jit.find("hidden"))).toContain("no function `hidden`");
    expect(refusal(() => jit.find("fib").call())).toBe(
      "`fib` takes 1 argument, found 0 / it is `i64 fib(i64)`",
    );
    expect(refusal(() => jit.find("fib").call("7"))).toBe(
      "argument 1 of `fib` must be an integer, found the text `7` / it is `i64 fib(i64)`",
    );
    expect(refusal(() => jit.find("fib").call(1.5))).toContain("must be an integer, found 1.5");
    expect(refusal(() => jit.find("small").call(256))).toContain("must fit i8, found 256");
    expect(refusal(() => jit.find("small").call(-129))).toContain("must fit i8, found -129");
    expect(refusal(() => jit.find("wide"))).toContain("`wide` takes or returns i128");
    expect(refusal(() => jit.find("vector"))).toContain("`vector` takes or returns <4 x float>");
    expect(refusal(() => jit.find("struct"))).toContain("takes or returns a struct by value");
    expect(refusal(() => jit.find("many"))).toContain("takes any number of arguments");
    expect(jit.lastError).toContain("any number of arguments");
    expect(jit.find("shown").call()).toBe(1);
    const names = jit.functions().map(({ name, visible }) => [name, visible]);
    expect(names.slice(-2)).toEqual([
      ["hidden", false],
      ["shown", true],
    ]);
    jit.destroy();
  });

  test("function pointers are equal in every level, and calls through them get the code in force", () => {
    const { jit } = openJit();
    jit.loadMemory(`
@table = constant [2 x ptr] [ptr @one, ptr @two]
define i32 @one() { ret i32 1 }
define i32 @two() { ret i32 2 }
define ptr @address() { ret ptr @one }
define i1 @equal() {
  %first = load volatile ptr, ptr @table
  %own = call ptr @address()
  %same = icmp eq ptr %first, %own
  ret i1 %same
}
define i32 @through(i32 %i) {
  %cell = getelementptr ptr, ptr @table, i32 %i
  %f = load ptr, ptr %cell
  %r = call i32 %f()
  ret i32 %r
}
`);
    for (const level of [0, 1, 2, 3] as const) {
      for (const name of ["one", "address", "equal", "through"]) jit.recompile(name, level);
      expect(jit.find("equal").call()).toBe(true);
      expect(jit.find("address").call()).toBe(BigInt(jit.find("one").address));
      expect([jit.find("through").call(0), jit.find("through").call(1)]).toEqual([1, 2]);
    }
    jit.destroy();
  });

  test("tables of addresses of labels belong to the code of each level", () => {
    const { jit } = openJit();
    const body = (table: string) => `
${table} [3 x ptr] [ptr blockaddress(@run, %add), ptr blockaddress(@run, %double), ptr blockaddress(@run, %stop)]
define i32 @run(ptr %code, i32 %start) {
  br label %next
next:
  %value = phi i32 [ %start, %0 ], [ %added, %add ], [ %doubled, %double ]
  %at = phi i64 [ 0, %0 ], [ %then, %add ], [ %then, %double ]
  %place = getelementptr i8, ptr %code, i64 %at
  %then = add i64 %at, 1
  %op = load i8, ptr %place
  %index = zext i8 %op to i64
  %entry = getelementptr ptr, ptr @table, i64 %index
  %target = load ptr, ptr %entry
  indirectbr ptr %target, [label %add, label %double, label %stop]
add:
  %added = add i32 %value, 1
  br label %next
double:
  %doubled = mul i32 %value, 2
  br label %next
stop:
  ret i32 %value
}
define i32 @twice(ptr %code) {
  %once = call i32 @run(ptr %code, i32 5)
  %again = call i32 @run(ptr %code, i32 %once)
  ret i32 %again
}`;
    jit.loadMemory(body("@table = internal global"));
    for (const level of [0, 1, 2, 3] as const) {
      for (const name of ["run", "twice"]) jit.recompile(name, level);
      expect(jit.find("run").call(Uint8Array.of(0, 1, 0, 2), 5)).toBe(13);
      expect(jit.find("twice").call(Uint8Array.of(0, 1, 0, 2))).toBe(29);
    }
    expect(
      refusal(() => jit.loadMemory(body("@table = global").replaceAll("@run", "@go"))),
    ).toContain("`table` has addresses of labels, and others can see it");
    jit.destroy();
  });

  test("native code has a stack of megabytes", () => {
    const { jit } = openJit();
    jit.loadMemory(`
define i64 @deep(i64 %n) {
  %room = alloca [1000 x i8]
  store volatile i8 1, ptr %room
  %end = icmp eq i64 %n, 0
  br i1 %end, label %done, label %more
more:
  %less = sub i64 %n, 1
  %below = call i64 @deep(i64 %less)
  %one = load volatile i8, ptr %room
  %wide = zext i8 %one to i64
  %sum = add i64 %below, %wide
  ret i64 %sum
done:
  ret i64 0
}`);
    expect(jit.find("deep").call(10_000)).toBe(10_000n);
    jit.destroy();
  });

  test("variables are there once, whatever is compiled", () => {
    const { jit } = openJit();
    jit.loadMemory(`
@count = global i32 5
@step = internal global i32 2
define i32 @bump() {
  %s = load i32, ptr @step
  %c = load i32, ptr @count
  %n = add i32 %c, %s
  store i32 %n, ptr @count
  ret i32 %n
}
define void @widen(i32 %s) { store i32 %s, ptr @step ret void }
`);
    const bump = jit.find("bump");
    const results = [bump.call()];
    for (const level of [1, 2, 3, 0] as const) {
      jit.recompile("bump", level);
      results.push(bump.call());
    }
    jit.find("widen").call(10);
    results.push(bump.call());
    expect(results).toEqual([7, 9, 11, 13, 15, 25]);
    jit.destroy();
  });

  test("a module uses another's functions and variables, and cannot lose it", () => {
    const { jit } = openJit();
    const below = jit.loadMemory(
      "@shared = global i32 1 define i32 @get() { %v = load i32, ptr @shared ret i32 %v }",
      "below",
    );
    const above = jit.loadMemory(
      `@shared = external global i32 declare i32 @get()
       define i32 @set(i32 %v) { store i32 %v, ptr @shared %r = call i32 @get() ret i32 %r }`,
      "above",
    );
    expect(jit.find("set").call(41)).toBe(41);
    expect(refusal(() => jit.unload(below))).toContain("cannot unload `below`: `above` uses it");
    expect(refusal(() => jit.loadMemory("define i32 @get() { ret i32 1 }", "again"))).toContain(
      "`get` is defined by `below` already",
    );
    jit.unload(above);
    jit.unload(below);
    expect(refusal(() => jit.find("get"))).toContain("no function `get`");
    jit.destroy();
  });

  test("undefined names refuse the module, with those that resemble them", () => {
    const { jit } = openJit();
    jit.loadMemory("define i32 @get_value() { ret i32 1 }", "first");
    const { code, data } = jit.statistics().memory;
    const message = refusal(() =>
      jit.loadMemory(
        "declare i32 @get_valu() declare void @no_such() define i32 @f() { call void @no_such() %r = call i32 @get_valu() ret i32 %r }",
        "second",
      ),
    );
    expect(message).toContain(
      "cannot load `second`: no symbol `no_such`; no symbol `get_valu` (defined: `get_value`)",
    );
    const { memory, functions } = jit.statistics();
    expect([memory.code.used, memory.data.used, functions]).toEqual([code.used, data.used, 1]);
    jit.destroy();
  });

  test("what is no module, or none for this machine, is refused", () => {
    const { jit } = openJit();
    const load = (module: string | Uint8Array) => refusal(() => jit.loadMemory(module, "m"));
    expect(load("")).toContain("`m` is empty");
    expect(load(Uint8Array.of(0xff, 0xfe, 1))).toContain("`m` is not a module");
    expect(load("define i32 @f( { ret i32 1 }")).toContain(
      "cannot read `m`: m:1:18: error: expected type",
    );
    expect(load(Uint8Array.of(0x42, 0x43, 0xc0, 0xde, 1, 2, 3, 4))).toContain("cannot read `m`");
    expect(load('target triple = "i686-pc-linux-gnu" define void @f() { ret void }')).toContain(
      "was made for `i686-pc-linux-gnu`",
    );
    expect(load('module asm "nop"')).toContain("it has assembly outside of functions");
    expect(
      load("@t = thread_local global i32 1 define i32 @f() { %v = load i32, ptr @t ret i32 %v }"),
    ).toContain("thread-local");
    expect(jit.statistics()).toMatchObject({ modules: 0, functions: 0 });
    jit.destroy();
  });

  test("nothing is unloaded while native code runs, and what a listener throws is kept", () => {
    const { jit, events } = openJit();
    const module = jit.loadMemory(fibonacci, "fib");
    const push = events.push.bind(events);
    events.push = (event) => {
      jit.unload(module);
      return push(event);
    };
    expect(jit.find("fib").call(20)).toBe(6765n);
    expect(jit.lastError).toBe("cannot unload `fib` while its code runs");
    expect(jit.functionInfo("fib").level).toBe(1);
    jit.destroy();
  });

  test("what runs without being called: first, at the end, and what the assembler refuses", () => {
    const { jit } = openJit();
    const module = jit.loadMemory(`
@llvm.global_ctors = appending global [2 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @late, ptr null }, { i32, ptr, ptr } { i32 100, ptr @early, ptr null }]
@llvm.global_dtors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @end, ptr null }]
@order = global i32 0
define internal void @early() { store i32 2, ptr @order ret void }
define internal void @late() { %v = load i32, ptr @order %w = mul i32 %v, 21 store i32 %w, ptr @order ret void }
define internal void @end() { store i32 7, ptr @order ret void }
define i32 @get() { %v = load i32, ptr @order ret i32 %v }
define i64 @assembly(i64 %x) { %r = call i64 asm "", "=r,0"(i64 %x) ret i64 %r }
`);
    expect([jit.find("get").call(), jit.find("assembly").call(5)]).toEqual([42, 5n]);
    jit.finish();
    expect(jit.find("get").call()).toBe(7);
    jit.unload(module);
    const wrong = 'define void @f() { call void asm sideeffect "nosuchthing", ""() ret void }';
    expect(refusal(() => jit.loadMemory(wrong, "wrong"))).toContain("cannot compile `wrong`:");
    expect(jit.statistics().modules).toBe(0);
    jit.destroy();
  });

  test("unloading gives all memory back, again and again", () => {
    const { jit } = openJit();
    const before = jit.statistics().memory;
    for (let round = 0; round < 50; round += 1) {
      const module = jit.loadMemory(fibonacci, "fib");
      const fib = jit.find("fib");
      jit.recompile("fib", round % 2 === 0 ? 1 : 2);
      expect(fib.call(10)).toBe(55n);
      jit.unload(module);
      expect(refusal(() => fib.call(1))).toContain("its module was unloaded");
      const after = jit.statistics().memory;
      for (const pool of ["code", "metadata", "data"] as const) {
        expect(after[pool].used).toBe(before[pool].used);
        expect(after[pool].largestFree).toBe(before[pool].largestFree);
      }
    }
    jit.destroy();
    expect(refusal(() => jit.statistics())).toContain("was destroyed");
  });
});
