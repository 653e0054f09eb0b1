// The programs of the specification that the JIT is written for parse, with the shape they are meant to have.
import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../base/index.ts";
import { dumpModule } from "./dump.ts";
import { parse } from "./parser.ts";

function dump(text: string): string[] {
  const sink = new DiagnosticSink();
  const module = parse(new SourceFile("t.spl", text), sink);
  expect(sink.all).toEqual([]);
  return dumpModule(module).split("\n");
}

describe("programs of the specification", () => {
  it("configuration", () => {
    const source = `struct JitInterpreterConfig:
    mode: JitMode
    backend: text          # "auto", "cranelift", "llvm"
    jit_threshold: i32     # Calls before JIT compilation
    verbose: bool
`;
    expect(dump(source)).toEqual([
      "(struct JitInterpreterConfig [] [(mode JitMode -) (backend text -) (jit_threshold i32 -) (verbose bool -)] [])",
    ]);
  });

  it("default behaviour", () => {
    const source = `# Interpreter mode → Auto JIT (threshold=10)
val backend = create_backend(BackendKind.Interpreter)

# Explicit Cranelift JIT (threshold=0)
val backend = create_backend(BackendKind.CraneliftJit)
`;
    expect(dump(source)).toEqual([
      "(binding backend - (call create_backend (. BackendKind Interpreter)))",
      "(binding backend - (call create_backend (. BackendKind CraneliftJit)))",
    ]);
  });

  it("backend selection", () => {
    const source = `# Global backend control
set_jit_backend("cranelift")  # or "llvm" or "auto"
val current = get_jit_backend()
val em = LocalExecutionManager.auto_select()
`;
    expect(dump(source)).toEqual([
      '(call set_jit_backend "cranelift")',
      "(binding current - (call get_jit_backend))",
      "(binding em - (call (. LocalExecutionManager auto_select)))",
    ]);
  });

  it("shared functions of the host", () => {
    const source = `# File operations
extern fn rt_file_write_text(path: text, content: text) -> bool
extern fn rt_get_jit_backend() -> text
`;
    expect(dump(source)).toEqual([
      "(extern rt_file_write_text [(path text -) (content text -)] bool)",
      "(extern rt_get_jit_backend [] text)",
    ]);
  });

  it("example 1", () => {
    const source = `#!/usr/bin/env simple
# Automatically JIT-compiles hot functions

fn fibonacci(n: i64) -> i64:
    if n <= 1: n else: fibonacci(n-1) + fibonacci(n-2)

fn main():
    # First call: interpreted
    print fibonacci(5)

    # After 10 calls: JIT-compiled
    for i in 0..20:
        print fibonacci(10)  # Now running native code!
`;
    expect(dump(source)).toEqual([
      "(function fibonacci [] [(n i64 -)] i64 plain {(if (<= n 1) {n} {(+ (call fibonacci (- n 1)) (call fibonacci (- n 2)))})})",
      "(function main [] [] - plain {(bare print (call fibonacci 5)) (for i (.. 0 20) {(bare print (call fibonacci 10))})})",
    ]);
  });

  it("example 2", () => {
    const source = `use compiler.backend.{create_backend, BackendKind}
use compiler.execution.mod.set_jit_backend

fn main():
    # Set global JIT backend
    set_jit_backend("cranelift")

    # All code now runs via Cranelift JIT
    print "Running with Cranelift JIT!"
`;
    expect(dump(source)).toEqual([
      "(use [compiler backend] [create_backend BackendKind])",
      "(use [compiler execution mod set_jit_backend] -)",
      '(function main [] [] - plain {(call set_jit_backend "cranelift") (bare print "Running with Cranelift JIT!")})',
    ]);
  });

  it("example 3", () => {
    expect(dump('fn main():\n    print "Original backend: {get_jit_backend()}"\n')).toEqual([
      '(function main [] [] - plain {(bare print (interpolation ["Original backend: " (hole (call get_jit_backend) -)]))})',
    ]);
  });

  it("example 4", () => {
    const source = `fn heavy_computation(data: [i64]) -> i64:
    # This will be JIT-compiled after first call
    var sum = 0
    for x in data:
        sum = sum + x * x
    sum

fn main():
    val config = JitInterpreterConfig(
        mode: JitMode.Hybrid,
        backend: "cranelift",
        jit_threshold: 1,  # JIT after 1 call
        verbose: true      # Show JIT decisions
    )
    var backend = JitInterpreterBackend.new(config)

    # First call triggers JIT compilation
    val data = [1, 2, 3, 4, 5]
    print heavy_computation(data)  # Compiled to native!
`;
    expect(dump(source)).toEqual([
      "(function heavy_computation [] [(data (array i64) -)] i64 plain {(binding mutable sum - 0) (for x data {(= sum (+ sum (* x x)))}) sum})",
      '(function main [] [] - plain {(binding config - (call JitInterpreterConfig mode:(. JitMode Hybrid) backend:"cranelift" jit_threshold:1 verbose:true)) ' +
        "(binding mutable backend - (call (. JitInterpreterBackend new) config)) (binding data - (array [1 2 3 4 5])) (bare print (call heavy_computation data))})",
    ]);
  });

  it("value semantics", () => {
    const source =
      "var arr = [tensor]\narr[0].apply_gradient(grad)  # Modifies ORIGINAL via pointer!\n";
    expect(dump(source)).toEqual([
      "(binding mutable arr - (array [tensor]))",
      "(call (. (index arr 0) apply_gradient) grad)",
    ]);
  });

  it("profile-guided and mixed modes", () => {
    const source = `val config = JitInterpreterConfig(
    mode: JitMode.ProfileGuided,
    jit_threshold_percent: 5.0  # JIT if >5% execution time
)
val jit_fn = compile_assuming(arg_type: Int)
if arg_type != Int:
    deoptimize_and_interpret()
for i in 0..1000:
    # Outer loop: interpreted (flexible)
    val data = prepare_data(i)

    # Inner loop: JIT-compiled (fast)
    for j in 0..1000000:
        heavy_computation(data, j)  # Native code!
print "Threshold: {config.jit_threshold}"
`;
    expect(dump(source)).toEqual([
      "(binding config - (call JitInterpreterConfig mode:(. JitMode ProfileGuided) jit_threshold_percent:5.0))",
      "(binding jit_fn - (call compile_assuming arg_type:Int))",
      "(if (!= arg_type Int) {(call deoptimize_and_interpret)} -)",
      "(for i (.. 0 1000) {(binding data - (call prepare_data i)) (for j (.. 0 1000000) {(call heavy_computation data j)})})",
      '(bare print (interpolation ["Threshold: " (hole (. config jit_threshold) -)]))',
    ]);
  });
});
