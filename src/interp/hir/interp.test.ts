import { SourceFile, type Span } from "../../base/index.ts";
import { describe, expect, it } from "vitest";
import {
  HirBuilder,
  verifyHir,
  type Expr,
  type HirModule,
  type ScalarType,
  type Stmt,
} from "../../ir/hir/index.ts";
import { convertInt, MemoryViews, runtimeError, type HostCode } from "../../runtime/index.ts";
import {
  completions,
  createInterpContext,
  never,
  readLocal,
  runInit,
  runInterpreted,
  writeLocal,
  writeResult,
  type InterpHooks,
  type InterpOptions,
  type PollSite,
} from "./index.ts";

const b = new HirBuilder();
const n = { name: "n", type: "i64" } as const;
const noHost = (): undefined => undefined;

function run(
  module: HirModule,
  options?: Parameters<typeof runInterpreted>[2],
): ReturnType<typeof runInterpreted> {
  expect(verifyHir(module)).toEqual([]);
  return runInterpreted(module, noHost, options);
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

  /** Calls itself as often as its argument says. */
  const countdown = (calls: number): HirModule =>
    b.module([
      {
        name: "down",
        params: [n],
        result: "i64",
        body: [
          b.if(b.compare("eq", b.local(0), b.int(0)), [b.return(b.int(0))]),
          b.return(b.call(0, "i64", b.binary("sub", b.local(0), b.int(1)))),
        ],
      },
      { name: ".init", result: "i64", body: [b.return(b.call(0, "i64", b.int(calls)))] },
    ]);

  it("end a recursion at a number of calls where the host's stack has room for more", () => {
    // `.init`, and `down` with 98 to 0.
    expect(run(countdown(98), { mostCalls: 100 }).error).toBeNull();
    const { error } = run(countdown(99), { mostCalls: 100 });
    expect(error?.code).toBe("stack_overflow");
    // The call that was refused has no frame: its caller is innermost.
    expect(error?.trace.length).toBe(100);
    expect(error?.omittedFrames).toBe(0);
  });

  it("count the calls under way, not all calls", () => {
    const [down, init] = countdown(20).functions;
    if (down === undefined || init === undefined) throw new Error("two functions expected");
    const calls = Array.from({ length: 50 }, () => b.expr(b.call(0, "i64", b.int(20))));
    const module = {
      ...countdown(20),
      functions: [down, { ...init, body: [...calls, ...init.body] }],
    };
    expect(run(module, { mostCalls: 22 }).error).toBeNull();
    expect(run(module, { mostCalls: 21 }).error?.code).toBe("stack_overflow");
  });

  it("leave range errors of the host that have another cause alone", () => {
    const module = b.module([
      {
        name: ".init",
        result: "i64",
        body: [b.expr(b.host("rt_ln", "f64", b.float(1))), b.return(b.int(0))],
      },
    ]);
    const broken = new RangeError("Invalid array length");
    const host = (): HostCode => () => {
      throw broken;
    };
    expect(() => runInterpreted(module, host)).toThrow(broken);
  });
});

/** A module of one function without parameters; its result is the exit code. */
function program(vars: readonly ScalarType[], body: readonly Stmt[]): HirModule {
  return b.module([
    {
      name: ".init",
      result: "i64",
      vars: vars.map((type, index) => ({ name: `v${index}`, type })),
      body,
    },
  ]);
}

const i = b.local(0);
const sum = b.local(1);
const plus = (left: Expr, right: Expr): Expr => b.binary("add", left, right);
const step = b.set(0, plus(i, b.int(1)));
const start = [b.set(0, b.int(0)), b.set(1, b.int(0))];

describe("loops", () => {
  it("break leaves the innermost loop, continue goes to its condition", () => {
    const module = program(
      ["i64", "i64", "i64"],
      [
        ...start,
        b.while(0, b.compare("lt", i, b.int(5)), [
          step,
          b.if(b.compare("eq", i, b.int(2)), [b.continue()]),
          b.set(2, b.int(0)),
          b.while(1, b.bool(true), [
            b.set(2, plus(b.local(2), b.int(1))),
            b.if(b.compare("gt", b.local(2), i), [b.break()]),
            b.set(1, plus(sum, b.int(1))),
          ]),
        ]),
        b.return(sum),
      ],
    );
    expect(run(module).exitCode).toBe(1 + 3 + 4 + 5);
  });

  it("return leaves the function from within", () => {
    const module = program(
      ["i64", "i64"],
      [
        ...start,
        b.while(0, b.bool(true), [
          step,
          b.while(1, b.bool(true), [step, b.if(b.compare("ge", i, b.int(10)), [b.return(i)])]),
        ]),
      ],
    );
    expect(run(module).exitCode).toBe(10);
  });
});

describe("returns", () => {
  /** f(n) with this body, called with each of the arguments. */
  const results = (body: readonly Stmt[], args: readonly number[]): number[] =>
    args.map(
      (arg) =>
        run(
          b.module([
            { name: "f", params: [n], vars: [{ name: "x", type: "i64" }], result: "i64", body },
            { name: ".init", result: "i64", body: [b.return(b.call(0, "i64", b.int(arg)))] },
          ]),
        ).exitCode,
    );
  const is = (value: number): Expr => b.compare("eq", b.local(0), b.int(value));
  const give = (value: number): Stmt => b.return(b.int(value));

  it("in a chain of conditionals, each with what follows it", () => {
    const body = [
      b.set(1, b.int(100)),
      b.if(is(1), [give(10)]),
      b.set(1, plus(b.local(1), b.int(1))),
      b.if(is(2), [b.if(is(2), [give(20)], [give(21)])], [b.set(1, b.int(7))]),
      b.return(b.local(1)),
    ];
    expect(results(body, [1, 2, 3])).toEqual([10, 20, 7]);
  });

  it("that only some branches reach", () => {
    const body = [
      b.if(is(1), [b.if(is(1), [give(10)])], [b.if(is(2), [give(20)])]),
      b.if(is(3), [give(30)], [b.set(1, b.int(40)), b.return(b.local(1))]),
    ];
    expect(results(body, [1, 2, 3, 4])).toEqual([10, 20, 30, 40]);
  });

  it("in front of a failure", () => {
    const body = [b.if(is(1), [give(10)]), b.fail("no")];
    expect(results(body, [1])).toEqual([10]);
    const { error } = run(program(["i64"], [b.set(0, b.int(2)), ...body]));
    expect(error?.message).toBe("no");
  });

  it("compile a long run of conditionals in linear time", () => {
    const both = (value: number): Stmt =>
      b.if(is(value), [b.if(is(value), [give(value)])], [b.if(is(-value), [give(-value)])]);
    const body = [...Array.from({ length: 40 }, (_, index) => both(index + 1)), give(0)];
    expect(results(body, [40, -40, 99])).toEqual([40, -40, 0]);
  });
});

it("functions of every number of parameters get their arguments in order", () => {
  for (let count = 0; count <= 6; count += 1) {
    const params = Array.from(
      { length: count },
      (_, index) => ({ name: `p${index}`, type: "i64" }) as const,
    );
    const digits = params.reduce(
      (value, _, index) => plus(b.binary("mul", value, b.int(10)), b.local(index)),
      b.int(0),
    );
    const args = params.map((_, index) => b.int(index + 1));
    const module = b.module([
      { name: "f", params, result: "i64", body: [b.return(digits)] },
      { name: ".init", result: "i64", body: [b.return(b.call(0, "i64", ...args))] },
    ]);
    expect(run(module).exitCode).toBe(Number("123456".slice(0, count)));
  }
});

describe("text", () => {
  it("shows each type in its display form and under a spec", () => {
    const module = program(
      [],
      [
        b.print(
          "a ",
          b.int(2n ** 63n, "u64"),
          " ",
          b.float(2),
          " ",
          b.float(Math.fround(0.1), "f32"),
          b.bool(true),
        ),
        b.print(
          { kind: "value", value: b.float(2.5), spec: ".0f" },
          { kind: "value", value: b.int(5, "u8"), spec: "03" },
        ),
        b.print({ kind: "value", value: b.bool(false), spec: ">6" }),
        b.print(),
        b.return(b.int(0)),
      ],
    );
    expect(run(module).out).toBe("a 9223372036854775808 2.0 0.1true\n2005\n false\n\n");
  });

  it("of a call that prints comes before the line that holds its value", () => {
    const module = b.module([
      { name: "noisy", result: "i64", body: [b.print("inner"), b.return(b.int(1))] },
      {
        name: ".init",
        result: "i64",
        body: [b.print("outer ", b.call(0, "i64")), b.return(b.int(0))],
      },
    ]);
    expect(run(module).out).toBe("inner\nouter 1\n");
  });

  it("of `fail` is the message", () => {
    const { error, out } = run(program([], [b.print("x"), b.fail("bad ", b.int(3))]));
    expect([error?.code, error?.message, out]).toEqual(["fail", "bad 3", "x\n"]);
  });
});

it("logic does not evaluate what it does not need", () => {
  const crash = b.compare("eq", b.binary("div", b.int(1), b.int(0)), b.int(0));
  const module = program(
    [],
    [
      b.if(b.logic("or", b.bool(true), crash), [b.print("or")]),
      b.if(b.logic("and", b.bool(false), crash), [b.print("and")]),
      b.print(b.choose(b.bool(false), b.binary("rem", b.int(1), b.int(0)), b.int(4))),
      b.return(b.int(0)),
    ],
  );
  expect(run(module).out).toBe("or\n4\n");
});

it("module-level variables of every type keep their value in memory", () => {
  const cases: readonly (readonly [ScalarType, Expr])[] = [
    ["i64", b.int(-(2n ** 63n))],
    ["i64", b.int(-5)],
    ["u64", b.int(2n ** 64n - 1n, "u64")],
    ["u64", b.int(2 ** 40, "u64")],
    ["i8", b.int(-128, "i8")],
    ["u16", b.int(65535, "u16")],
    ["i32", b.int(-1, "i32")],
    ["u32", b.int(2 ** 32 - 1, "u32")],
    ["f64", b.float(-0)],
    ["f32", b.float(Math.fround(0.1), "f32")],
    ["bool", b.bool(true)],
  ];
  const globals = cases.map(([type], index) => ({ symbol: `g${index}`, name: `g${index}`, type }));
  const read: Stmt[] = cases.map(([type], index) => b.print(b.global(index, type)));
  const write: Stmt[] = cases.map(([, value], index) => b.setGlobal(index, value));
  const body = [...read, ...write, ...read, b.return(b.int(0))];
  const module = b.module([{ name: ".init", result: "i64", body }], globals);
  const zeros = ["0", "0", "0", "0", "0", "0", "0", "0", "0.0", "0.0", "false"];
  const wide = ["-9223372036854775808", "-5", "18446744073709551615", "1099511627776"];
  const narrow = ["-128", "65535", "-1", "4294967295", "-0.0", "0.1", "true"];
  expect(run(module).out).toBe([...zeros, ...wide, ...narrow, ""].join("\n"));
});

it("host functions are called with their arguments", () => {
  const hosts: Record<string, HostCode> = {
    none: () => 1,
    one: (x: number) => x * 2,
    two: (x: number, y: number) => x - y,
    three: (x: number, y: number, z: number) => x * 100 + y * 10 + z,
  };
  const x = (value: number): Expr => b.float(value);
  const module = program(
    [],
    [
      b.print(b.host("none", "i64"), b.host("one", "f64", x(4)), b.host("two", "f64", x(4), x(1))),
      b.print(b.host("three", "f64", x(1), x(2), x(3))),
      b.return(b.int(0)),
    ],
  );
  expect(runInterpreted(module, (symbol) => hosts[symbol]).out).toBe("18.03.0\n123.0\n");
});

const countTo = (limit: number): HirModule =>
  program(
    ["i64", "i64"],
    [
      ...start,
      b.while(0, b.compare("lt", i, b.int(limit)), [step, b.set(1, plus(sum, i))]),
      b.return(sum),
    ],
  );

describe("engine hooks", () => {
  const prepare = (
    module: HirModule,
    hooks: Partial<InterpHooks>,
    options: Partial<InterpOptions> = {},
  ) =>
    createInterpContext({
      module,
      memory: new MemoryViews({ buffer: new ArrayBuffer(64) }),
      globals: [],
      hooks: {
        onHotFunction: () => {},
        onHotLoop: () => null,
        poll: () => {},
        write: () => {},
        host: () => undefined,
        ...hooks,
      },
      ...options,
    });

  it("a hot function's replacement takes the call that made it hot, and all later ones", () => {
    const seen: number[] = [];
    const context = prepare(
      fib,
      {
        onHotFunction: (cell) => {
          if (cell.fn.id !== 0) return;
          cell.code = (frame) => {
            seen.push(Number(readLocal(frame, 0)));
            return 1000;
          };
        },
      },
      { callThreshold: 3 },
    );
    // fib(20) and fib(19) are interpreted; fib(18) is the third call, then come fib(17) and fib(18).
    expect(runInit(context)).toBe(3000);
    expect(seen).toEqual([18, 17, 18]);
    expect(context.cells[0]?.calls).toBe(3);
    expect(context.cells[0]?.hotAt).toBe(never);
  });

  it("a hot loop's runner takes over at the header with the locals in the frame", () => {
    const context = prepare(
      countTo(1000),
      {
        onHotLoop: (cell, frame) => {
          expect([cell.loop, cell.backEdges, readLocal(frame, 0), readLocal(frame, 1)]).toEqual([
            0, 10, 10, 55,
          ]);
          return (current) => {
            writeLocal(current, 1, convertInt("i64", readLocal(current, 1) === 55 ? 7 : 0));
            return completions.normal;
          };
        },
      },
      { loopThreshold: 10 },
    );
    expect(runInit(context)).toBe(7);
  });

  it("a runner of a loop with a `return` in it may return from the function", () => {
    const leave = b.if(b.compare("eq", i, b.int(500)), [b.return(i)]);
    const body = [...start, b.while(0, b.bool(true), [step, leave])];
    const context = prepare(
      program(["i64", "i64"], body),
      {
        onHotLoop: () => (frame) => {
          writeResult(frame, 77);
          return completions.returned;
        },
      },
      { loopThreshold: 10 },
    );
    expect(runInit(context)).toBe(77);
  });

  it("a loop that gets no runner goes on and is not asked about again", () => {
    let asked = 0;
    const context = prepare(
      countTo(100),
      {
        onHotLoop: () => {
          asked += 1;
          return null;
        },
      },
      { loopThreshold: 10 },
    );
    expect([runInit(context), asked, context.cells[0]?.loops[0]?.backEdges]).toEqual([
      5050, 1, 100,
    ]);
  });

  it("a runner set in the cell is used from the next entry on", () => {
    const inner = b.while(1, b.compare("lt", b.local(2), b.int(3)), [
      b.set(2, plus(b.local(2), b.int(1))),
      b.set(1, plus(sum, b.int(1))),
    ]);
    const module = program(
      ["i64", "i64", "i64"],
      [
        ...start,
        b.while(0, b.compare("lt", i, b.int(4)), [step, b.set(2, b.int(0)), inner]),
        b.return(sum),
      ],
    );
    let runs = 0;
    const context = prepare(
      module,
      {
        onHotLoop: (cell) => {
          cell.runner = () => {
            runs += 1;
            return completions.normal;
          };
          return null;
        },
      },
      { loopThreshold: 5 },
    );
    // The inner loop turns hot in its second entry, which it finishes; the third and fourth go to the runner.
    const inOuter = context.cells[0]?.loops[0];
    if (inOuter !== undefined) inOuter.hotAt = never;
    expect([runInit(context), runs]).toEqual([6, 2]);
  });

  it("polls by calls and back-edges, and an error from it says where the program was", () => {
    const sites: PollSite[] = [];
    const context = prepare(
      countTo(1000),
      {
        poll: (site) => {
          sites.push({ function: site.function, loop: site.loop });
          if (sites.length === 3) throw runtimeError("interrupted");
        },
      },
      { pollInterval: 100 },
    );
    expect(() => runInit(context)).toThrow(
      expect.objectContaining({
        code: "interrupted",
        trace: [{ function: ".init", file: "test.spl", line: 1, column: 1 }],
      }),
    );
    expect(sites).toEqual([
      { function: 0, loop: 0 },
      { function: 0, loop: 0 },
      { function: 0, loop: 0 },
    ]);
  });

  it("the next event polls when the budget is taken away", () => {
    let polls = 0;
    const context = prepare(countTo(10), { poll: () => (polls += 1) });
    context.budget = 0;
    runInit(context);
    expect(polls).toBe(1);
  });

  it("an error of compiled code keeps its frames and gets those of its callers", () => {
    const context = prepare(fib, {});
    const [cell] = context.cells;
    if (cell === undefined) throw new Error("no function");
    cell.code = () => {
      const error = runtimeError("division_by_zero");
      error.addFrame({ function: "compiled", file: "x.spl", line: 3, column: 4 });
      throw error;
    };
    expect(() => runInit(context)).toThrow(
      expect.objectContaining({
        trace: [
          { function: "compiled", file: "x.spl", line: 3, column: 4 },
          { function: ".init", file: "test.spl", line: 1, column: 1 },
        ],
      }),
    );
  });
});
