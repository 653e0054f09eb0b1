import { describe, expect, it } from "vitest";
import { observe } from "../../tests/engine/harness.ts";
import type { TierEvent } from "./options.ts";

const imports = `
use compiler.backend.{JitInterpreterBackend, JitInterpreterConfig, JitMode}
use compiler.execution.mod.LocalExecutionManager
use app.io.mod.{rt_file_read_text, rt_file_write_text}
`;

const double = `func @double(i64) -> i64 \\{
block0(v0: i64):
  v1 = iadd v0, v0
  return v1
\\}
`;

/** The output of statements interpreted and compiled, which is the same. */
function output(source: string, options = {}): string {
  const seen = new Set<string>();
  for (const mode of ["interpret", "jit"] as const) {
    const { observed } = observe(imports + source, { mode, ...options });
    expect(observed.error).toBeNull();
    seen.add(observed.out);
  }
  expect(seen.size).toBe(1);
  return [...seen].join();
}

describe("execution managers", () => {
  const quoted = JSON.stringify(double).replaceAll("\\\\", "\\");

  it("link what they compile to what they compiled before, and to the host", () => {
    const more =
      "declare slot @double(i64) -> i64\\ndeclare host @rt_time_now_nanos() -> i64\\n" +
      "func @quad(i64) -> i64 \\{\\nblock0(v0: i64):\\n  v1 = call_host @rt_time_now_nanos()\\n" +
      "  v2 = call_slot @double(v0)\\n  v3 = call_slot @double(v2)\\n  return v3\\n\\}\\n";
    const program = `val em = LocalExecutionManager.auto_select()
print em.compile(${quoted})
print em.compile("${more}")
print em.execute("quad", [3])
`;
    expect(output(program)).toBe("Result::Ok(())\nResult::Ok(())\nResult::Ok(12)\n");
  });

  it("say what they cannot compile, link or run", () => {
    const program = `val em = LocalExecutionManager.auto_select()
print em.compile("func @f(")
print em.compile("func @f() -> i64 \\{\\nblock0:\\n  return\\n\\}\\n").is_err()
print em.compile("declare host @nothing()\\nfunc @f() \\{\\nblock0:\\n  call_host @nothing()\\n  return\\n\\}\\n").is_err()
print em.compile(${quoted})
print em.compile(${quoted})
print em.execute("double", [])
print em.execute("treble", [1])
print LocalExecutionManager.llvm().compile(${quoted})
em.cleanup()
print em.execute("double", [1])
`;
    expect(output(program).split("\n")).toEqual([
      "Result::Err(line 1, column 9: expected a type, found the end of the line",
      "line 1, column 1: the function has no closing `}`)",
      "true",
      "true",
      "Result::Ok(())",
      "Result::Err(`double` is defined already)",
      "Result::Err(`double` takes 1 argument, found 0)",
      "Result::Err(no function `treble` was compiled, only `double`)",
      "Result::Err(the back end `llvm` is not available here; `auto` and `wasm` are)",
      "Result::Err(there is no execution manager 1, or it was cleaned up)",
      "",
    ]);
  });
});

describe("what a program compiles itself", () => {
  const tried = (text: string): string => {
    const program = `var total = 5
fn add(n: i64): total = total + n
fn pair(n: i64) -> [i64]: [n, n]
fn size(list: [i64]) -> i64: list.len()
fn grow(n: i64):
    var i = 0
    while i < n: i = i + 1
    add(i)
var few = 3i8
fn fewer(): few = few - 1i8
var list = pair(1)
fn first() -> i64: list[0]
grow(size(list) + first())
fewer()
val em = LocalExecutionManager.auto_select()
print em.compile(${JSON.stringify(text).replaceAll("{", "\\{").replaceAll("}", "\\}")})
print em.execute("f", [2])
`;
    return output(program).split("\n")[0] ?? "";
  };
  const body = (lines: string): string =>
    `func @f(i64) -> i64 {\nblock0(v0: i64):\n${lines}\n  return v0\n}\n`;
  const refusal = (op: string): string =>
    `Result::Err(\`f\` has \`${op}\`: memory can be used only by \`symbol_addr\`, at constant offsets)`;

  it.each([
    ["load", "  v1 = ireduce v0\n  v2 = load.i64 v1"],
    ["store", "  v1 = iconst.i32 -8\n  store.i64 v1, v0"],
    ["memory_fill", "  v1 = ireduce v0\n  memory_fill v1, v1, v1"],
    ["addr_ref", "  v1 = ireduce v0\n  v2 = addr_ref v1"],
    ["bits_any", "  v1 = bits_any v0"],
    ["new", "  v1 = new 64:16"],
  ])("cannot make up addresses or objects: %s", (op, lines) => {
    expect(tried(body(lines))).toBe(refusal(op));
  });

  it("uses data by its symbol, and stays inside", () => {
    const data = (offset: number): string =>
      `data @d align 8 = "sixteen bytes ok"\n${body(`  v1 = symbol_addr @d\n  v2 = load.i64 v1+${offset}`)}`;
    expect(tried(data(8))).toBe("Result::Ok(())");
    expect(tried(data(9))).toBe(refusal("load"));
    expect(tried(data(4_000_000))).toBe(refusal("load"));
  });

  it("calls no function that works on objects, nor one that only the tiers call", () => {
    expect(tried(`declare host @rt_any_type(any) -> i32\n${body("")}`)).toBe(
      "Result::Err(`rt_any_type` works on objects, which this module cannot have)",
    );
    expect(tried(`declare host @rt_tier_up(i32)\n${body("")}`)).toBe(
      "Result::Err(`rt_tier_up` is called only by code that the tiers make)",
    );
    const loop = "declare slot @grow.i64$loop0(i32, i32, i32) -> i32";
    expect(tried(`${loop}\n${body("")}`)).toBe(
      "Result::Err(`grow.i64$loop0` is called only by code that the tiers make)",
    );
  });

  it.each([
    ["slot @pair.i64(i64) -> i32", "`pair.i64` is `(i64) -> ref`, declared as `(i64) -> i32`"],
    ["slot @size.[i64](i32) -> i64", "`size.[i64]` is `(ref) -> i64`, declared as `(i32) -> i64`"],
    ["slot @grow.i64(i64) -> i64", "`grow.i64` is `(i64)`, declared as `(i64) -> i64`"],
    ["host @rt_text_bool(i64)", "`rt_text_bool` is `(i32)`, declared as `(i64)`"],
    [
      "host @rt_set_jit_backend(i32) -> i32 collects",
      "`rt_set_jit_backend` is `(ref) -> i32`, declared as `(i32) -> i32`",
    ],
  ])("declares what there is, with its types: %s", (declaration, why) => {
    const quotedName = declaration.replace(/@(size[^(]*)/, '@"$1"');
    expect(tried(`declare ${quotedName}\n${body("")}`)).toBe(`Result::Err(${why})`);
  });

  it("writes variables of numbers as what they are", () => {
    const stores = (name: string, store: string): string =>
      tried(`extern data @${name}\n${body(`  v1 = symbol_addr @${name}\n${store}`)}`);
    const refused =
      "Result::Err(`f` has `store`: only variables of numbers can be written, each as its type)";
    expect(stores("total", "  store.i64 v1, v0")).toBe("Result::Ok(())");
    const half = "  v2 = iconst.i32 1\n  store.i32 v1, v2";
    expect(stores("total", half)).toBe(refused);
    expect(stores("few", half)).toBe(refused);
    expect(stores("list", half)).toBe(refused);
    const data = `data @d align 8 = "sixteen bytes ok"\n`;
    expect(tried(`${data}${body("  v1 = symbol_addr @d\n  store.i64 v1, v0")}`)).toBe(refused);
  });

  it("prints texts that it has", () => {
    const literal = (length: number): string =>
      `declare host @rt_text_literal(i32, i32)\ndeclare host @rt_text_print(i32)\ndata @d align 1 = "hello"\n${body(
        `  v1 = symbol_addr @d\n  v2 = iconst.i32 ${length}\n  call_host @rt_text_literal(v1, v2)\n` +
          "  v3 = iconst.i32 1\n  call_host @rt_text_print(v3)",
      )}`;
    expect(tried(literal(5))).toBe("Result::Ok(())");
    expect(tried(literal(6))).toBe(
      "Result::Err(`f` calls `rt_text_literal`: it takes the `symbol_addr` of data of this module and a length inside it)",
    );
  });
});

describe("the configuration of a JIT interpreter", () => {
  const program = (config: string): string => `${imports}
val backend = JitInterpreterBackend.new(JitInterpreterConfig(${config}))
fn step(n: i64) -> i64: n + 1
var x = 0
for i in 0..50: x = step(x)
print x
`;
  const compiled = (events: readonly TierEvent[]): string[] =>
    events
      .filter(({ function: name }) => name === "step")
      .map(({ to, reason }) => `${to}, ${reason}`);

  it("sets the threshold", () => {
    const { events } = observe(program("jit_threshold: 20"));
    expect(compiled(events)[0]).toBe("wasm tier 1, 20 calls");
  });

  it("compiles everything or nothing", () => {
    expect(compiled(observe(program("mode: JitMode.AlwaysInterpret")).events)).toEqual([]);
    const { events } = observe(program("mode: JitMode.AlwaysJit"));
    expect(compiled(events)).toEqual(["wasm tier 2, in the unit of top level"]);
  });

  it("leaves a mode that was chosen from outside as it is", () => {
    const { events } = observe(program("mode: JitMode.AlwaysJit"), { mode: "interpret" });
    expect(compiled(events)).toEqual([]);
  });

  it("asks for a report of the decisions", () => {
    const reported: TierEvent[] = [];
    const onVerboseEvent = (event: TierEvent): void => void reported.push(event);
    observe(program("verbose: true"), { onVerboseEvent });
    expect(compiled(reported).length).toBeGreaterThan(0);
    reported.length = 0;
    observe(program("verbose: false"), { onVerboseEvent });
    expect(reported).toEqual([]);
  });
});

describe("files", () => {
  const files = new Map<string, string>();
  const options = {
    files: {
      readText: (path: string): string => files.get(path) ?? "",
      writeText: (path: string, text: string): boolean => {
        files.set(path, text);
        return path !== "";
      },
    },
  };

  it("are those that the embedder gives", () => {
    const program = `print rt_file_write_text("a", "ä\\n" * 3)
print rt_file_read_text("a").len()
print rt_file_write_text("", "x")
`;
    expect(output(program, options)).toBe("true\n9\nfalse\n");
  });

  it("are none without them", () => {
    const { observed } = observe(`${imports}print rt_file_read_text("a")\n`);
    expect(observed.error?.message).toBe("this host has no files");
  });
});
