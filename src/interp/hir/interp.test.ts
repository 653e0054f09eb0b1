import { SourceFile, type Span } from "../../base/index.ts";
import { HirBuilder, verifyHir, type HirModule } from "../../ir/hir/index.ts";
import { describe, expect, it } from "vitest";
import { runInterpreted } from "./index.ts";

const b = new HirBuilder();
const n = { name: "n", type: "i64" } as const;
const noHost = (): undefined => undefined;

function run(module: HirModule): ReturnType<typeof runInterpreted> {
  expect(verifyHir(module)).toEqual([]);
  return runInterpreted(module, noHost);
}

/** fib, and an init that returns fib(20). */
const fib = b.module([
  {
    name: "fib",
    params: [n],
    result: "i64",
    body: [
      b.if(b.compare("lt", b.local(0), b.int(2)), [b.return(b.local(0))]),
      b.return(
        b.binary(
          "add",
          b.call(0, "i64", b.binary("sub", b.local(0), b.int(1))),
          b.call(0, "i64", b.binary("sub", b.local(0), b.int(2))),
        ),
      ),
    ],
  },
  { name: ".init", result: "i64", body: [b.return(b.call(0, "i64", b.int(20)))] },
]);

describe("calls", () => {
  it("recurses", () => {
    expect(run(fib).exitCode).toBe(6765);
  });

  it("counts calls", () => {
    const { context } = run(fib);
    expect(context.cells.map((cell) => cell.calls)).toEqual([21891, 1]);
  });
});

describe("errors", () => {
  const file = new SourceFile("t.spl", "aaaa\nbbbb\ncccc\n");
  const at = (start: number): Span => ({ file, start, end: start + 1 });

  it("trace the failing operation and each call site, innermost first", () => {
    const module = b.module([
      {
        name: "divide",
        params: [n],
        result: "i64",
        body: [b.return(b.at(at(1)).binary("div", b.int(1), b.local(0)))],
      },
      { name: ".init", result: "i64", body: [b.return(b.at(at(7)).call(0, "i64", b.int(0)))] },
    ]);
    const { error } = run(module);
    expect(error?.message).toBe("division by zero");
    expect(error?.trace).toEqual([
      { function: "divide", file: "t.spl", line: 1, column: 2 },
      { function: ".init", file: "t.spl", line: 2, column: 3 },
    ]);
  });

  it("turn a used-up stack into a bounded trace of source functions", () => {
    const module = b.module([
      {
        name: "down",
        params: [n],
        result: "i64",
        body: [
          b.return(
            b.binary("add", b.call(0, "i64", b.binary("add", b.local(0), b.int(1))), b.int(1)),
          ),
        ],
      },
      { name: ".init", result: "i64", body: [b.return(b.call(0, "i64", b.int(0)))] },
    ]);
    const { error } = run(module);
    expect(error?.code).toBe("stack_overflow");
    expect(error?.trace.length).toBe(100);
    expect(error?.omittedFrames).toBeGreaterThan(100);
    expect(error?.trace.at(0)?.function).toBe("down");
    expect(error?.trace.at(-1)?.function).toBe(".init");
  });
});
