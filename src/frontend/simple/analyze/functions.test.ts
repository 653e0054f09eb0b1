// Mistakes with function values, values of any type and imports: what the messages say.
import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../../base/index.ts";
import { compileSource } from "../index.ts";

function messages(source: string, modules: Readonly<Record<string, string>> = {}): string[] {
  const sink = new DiagnosticSink();
  const main = new SourceFile("t.spl", source);
  const files = new Map(
    Object.entries(modules).map(([name, text]) => [name, new SourceFile(`${name}.spl`, text)]),
  );
  compileSource(main, sink, (path) => files.get(path.join(".")) ?? null);
  return sink.all.map(({ message, help, span }) => {
    const { line, column } = span?.file.position(span.start) ?? { line: 0, column: 0 };
    return `${line}:${column} ${message}${help === undefined ? "" : ` | ${help}`}`;
  });
}

const capture = "Use a field of a class instance or a module-level variable.";

/** Programs and their messages. */
const rows: Readonly<Record<string, readonly string[]>> = {
  "fn f():\n    var n = 0\n    val g = \\: n = 1\n    g()\nf()": [
    `3:16 \`n\` belongs to the enclosing function and cannot be assigned here | ${capture}`,
  ],
  "fn f():\n    var n = 0\n    fn g():\n        n += 1\n    g()\nf()": [
    `4:9 \`n\` belongs to the enclosing function and cannot be assigned here | ${capture}`,
  ],
  "val g = \\x: y + 1": ["1:13 `y` is not declared"],
  "fn h(): \\z: z + missing": ["1:17 `missing` is not declared"],
  "val f = \\x: x.nope()\nf(1)": ["1:15 `i64` has no method `nope`"],
  "fn f():\n    val k = g\n    fn g(): 2\n    k()\nf()": [
    "2:13 `g` is used before its definition | Move the definition up.",
  ],
  'fn ap(f: fn(i64) -> i64): f(1)\nap(\\: 2)\nap(3)\nap(\\x: "a")': [
    "2:4 argument `f` of `ap` must be `fn(i64) -> i64`, found `fn()`",
    "3:4 argument `f` of `ap` must be `fn(i64) -> i64`, found `i64`",
    "4:4 argument `f` of `ap` must be `fn(i64) -> i64`, found `fn(i64) -> text`",
  ],
  "val f = \\x: x\nf(1, 2)": ["2:1 `lambda` takes 1 argument, found 2"],
  "val x = 3\nx(1)": [
    "2:1 `x` is a variable of type `i64`, expected a function | Only functions can be called.",
  ],
  "extern fn rt_get_jit_backend() -> i64": [
    "1:11 `rt_get_jit_backend` is `() -> text` on the host, found `() -> i64` | Declare it as the host has it.",
  ],
};

describe("function values", () => {
  for (const [source, expected] of Object.entries(rows)) {
    it(JSON.stringify(source), () => expect(messages(source)).toEqual(expected));
  }
});

describe("imports", () => {
  const shapes = "export area, Circle\nclass Circle:\n    r: f64\nfn area(): 1\nfn secret(): 2\n";
  const modules = { "lib.shapes": shapes, "lib.plain": "val k = 1\nvar v = 2\nfn f(): k\n" };

  it("say what a module does not have", () => {
    const source =
      "use lib.shapes.{are, secret}\nuse lib.plain\nprint plain.g()\nplain.k = 3\nimport lib.shapes\nshapes.secret()";
    expect(messages(source, modules)).toEqual([
      "1:17 the module `lib.shapes` has no `are` | Did you mean `area`?",
      "1:22 `secret` is not exported by the module `lib.shapes` | Add it to the `export` of `lib.shapes`.",
      "3:13 the module `lib.plain` has no `g`",
      "4:1 `k` was not declared with `var` and cannot be assigned | Declare it with `var k`.",
      "6:8 `secret` is not exported by the module `lib.shapes` | Add it to the `export` of `lib.shapes`.",
    ]);
  });

  it("say which module was meant", () => {
    expect(messages("use lib.shapes\nuse lib.shaps\nuse compiler.backnd", modules)).toEqual([
      "2:5 there is no module `lib.shaps` | Did you mean `lib.shapes`?",
      "3:5 there is no module `compiler.backnd` | Did you mean `compiler.backend`?",
    ]);
  });

  it("find a file before the module of the library with its name", () => {
    const own = { "compiler.backend": "fn create_backend(): 1" };
    expect(messages("use compiler.backend.{create_backend, JitMode}", own)).toEqual([
      "1:39 the module `compiler.backend` has no `JitMode`",
    ]);
    expect(messages("use compiler.backend.{create_backend, JitMode}")).toEqual([]);
  });
});

it("says where kernels are, if the host has none", () => {
  expect(messages("extern fn rt_matvec_i8(a: [i8])\nextern fn rt_nope(a: [i8])\n")).toEqual([
    "1:11 the host has no function `rt_matvec_i8` | Kernels are there in `anneal run`, `repl` and `live`, and in an engine that is given them; devices have none.",
    "2:11 the host has no function `rt_nope` | A call of it stops the program.",
  ]);
});
