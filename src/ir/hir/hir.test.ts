import { describe, expect, it } from "vitest";
import { SourceFile } from "../../base/index.ts";
import {
  HirBuilder,
  printHirModule,
  verifyHir,
  type Expr,
  type HirModule,
  type ScalarType,
  type Stmt,
} from "./index.ts";

const b = new HirBuilder({ file: new SourceFile("a.spl", "x"), start: 0, end: 1 });
const x = b.local(0);
const one = b.int(1);

function inFunction(body: readonly Stmt[], vars: readonly ScalarType[] = ["i64"]): HirModule {
  return b.module([
    {
      name: ".init",
      vars: vars.map((type, index) => ({ name: `v${index}`, type })),
      result: "i64",
      body,
    },
  ]);
}

describe("printHirModule", () => {
  it("shows every kind of node", () => {
    const u8 = b.local(1, "u8");
    const flag = b.local(2, "bool");
    const real = b.local(3, "f64");
    const module = b.module(
      [
        {
          name: "f",
          params: [
            { name: "n", type: "i64" },
            { name: "x", type: "u8" },
          ],
          vars: [
            { name: "flag", type: "bool" },
            { name: "x", type: "f64" },
          ],
          result: "f64",
          body: [
            b.set(2, b.logic("and", b.compare("lt", x, b.int(3)), b.unary("not", b.bool(false)))),
            b.while(0, flag, [
              b.if(b.compare("eq", u8, b.int(7, "u8")), [b.break()], [b.continue()]),
            ]),
            b.if(flag, []),
            b.setGlobal(0, b.binary("add", b.global(0), b.convert("i64", u8))),
            b.set(3, b.choose(flag, b.float(-0), b.math("max", real, b.float(2.5)))),
            b.expr(b.host("rt_sin", "f64", real)),
            b.print("a\n", x, { kind: "value", value: real, spec: ".2f" }),
            b.return(b.call(0, "f64", x, u8)),
          ],
        },
        { name: ".init", result: "i64", body: [b.fail("stop")] },
      ],
      [{ symbol: "count.0", name: "count", type: "i64" }],
    );
    expect(printHirModule(module)).toBe(`module "a.spl"
global @count: i64 as count.0

fn f.i64.u8 "f" (n: i64, x%1: u8) -> f64
  var flag: bool
  var x%3: f64
  flag = and(lt.i64(n, 3i64), not.bool(false))
  while#0 flag
    if eq.u8(x%1, 7u8)
      break
    else
      continue
  if flag
    pass
  @count = add.i64(@count, convert.i64(x%1))
  x%3 = if.f64(flag, -0f64, max.f64(x%3, 2.5f64))
  host rt_sin(x%3)
  print("a\\n", n, x%3:".2f")
  return call f.i64.u8(n, x%1)

fn .init ".init" () -> i64
  fail("stop")
`);
  });
});

describe("verifyHir", () => {
  it("accepts a loop whose state is assigned on every path", () => {
    const body = [
      b.while(0, b.bool(true), [
        b.if(b.bool(true), [b.set(0, one)], [b.set(0, b.int(2)), b.continue()]),
        b.break(),
      ]),
      b.return(x),
    ];
    expect(verifyHir(inFunction(body))).toEqual([]);
  });

  it("accepts an endless loop, a failure or returns on both branches at the end", () => {
    const both = b.if(b.bool(true), [b.return(one)], [b.return(one)]);
    for (const end of [b.while(0, b.bool(true), []), b.fail("x"), both]) {
      expect(verifyHir(inFunction([end]))).toEqual([]);
    }
  });

  const f32 = b.float(0.5, "f32");
  const badExpressions: readonly (readonly [string, Expr])[] = [
    ["binary has type i64, its operand f32", { ...b.binary("add", f32, f32), type: "i64" } as Expr],
    ["add takes two values of one type, found i64 and f32", b.binary("add", one, f32)],
    ["lt takes two values of one type, found i64 and f32", b.compare("lt", one, f32)],
    ["lt does not work on bool", b.compare("lt", b.bool(true), b.bool(true))],
    ["and takes bool, found i64", b.logic("and", one, one)],
    ["xor does not work on f32", b.binary("xor", f32, f32)],
    ["add does not work on bool", b.binary("add", b.bool(true), b.bool(true))],
    ["not does not work on i64", b.unary("not", one)],
    ["bnot does not work on f32", b.unary("bnot", f32)],
    ["there is no conversion from bool to f64", b.convert("f64", b.bool(true))],
    ["there is no conversion from i64 to bool", b.convert("bool", one)],
    ["sqrt does not work on i64", b.math("sqrt", one)],
    ["min takes 2, found 1", b.math("min", one)],
    ["the condition is not bool", b.choose(one, one, one)],
    ["if has type i64, its operand f32", b.choose(b.bool(true), one, f32)],
    ["300 is out of range for u8", b.int(300, "u8")],
    ["-1 is out of range for u64", b.int(-1, "u64")],
    ["5 is not a canonical integer", b.int(5n)],
    ["1.5 is not a canonical integer", b.int(1.5)],
    ["0 is not a canonical integer", b.int(-0)],
    ["0.1 is not an f32", b.float(0.1, "f32")],
    ["local refers to nothing", b.local(9)],
    ["global refers to nothing", b.global(0)],
    ["local has type f64, its operand i64", b.local(0, "f64")],
    ["there is no function 7", b.call(7, "i64")],
    [".init takes (), found (i64)", b.call(0, "i64", one)],
    [".init returns i64, the call has type f64", b.call(0, "f64")],
    ["there is no host function rt_none", b.host("rt_none", "i64")],
    ["rt_half takes (f64), found (i64)", b.host("rt_half", "f64", one)],
  ];
  it.each(badExpressions)("reports: %s", (message, expr) => {
    const body = [b.set(0, one), b.expr(expr), b.return(one)];
    const hosts = (symbol: string) =>
      symbol === "rt_half" ? { params: ["f64" as const], result: "f64" as const } : undefined;
    expect(verifyHir(inFunction(body), hosts)).toContain(`.init:1:1: ${message}`);
  });

  const badBodies: readonly (readonly [string, readonly Stmt[]])[] = [
    ["local v0 is read before it is assigned", [b.return(x)]],
    ["local v0 is read before it is assigned", [b.if(b.bool(true), [b.set(0, one)]), b.return(x)]],
    [
      "local v0 is read before it is assigned",
      [b.while(0, b.compare("eq", one, one), [b.set(0, one)]), b.return(x)],
    ],
    [
      "local v0 is read before it is assigned",
      [
        b.while(0, b.bool(true), [b.if(b.bool(true), [b.break()]), b.set(0, one), b.break()]),
        b.return(x),
      ],
    ],
    ["break outside a loop", [b.break()]],
    ["continue outside a loop", [b.if(b.bool(true), [b.continue()]), b.return(one)]],
    ["a path ends without a value of type i64", [b.if(b.bool(true), [b.return(one)])]],
    ["expected a value of type i64", [b.return()]],
    ["expected a value of type i64, found f64", [b.return(b.float(1))]],
    ["expected a value of type i64, found bool", [b.set(0, b.bool(true)), b.return(one)]],
    ["expected a value of type bool, found i64", [b.if(one, []), b.return(one)]],
    ["loop 1 stands where loop 0 is due", [b.while(1, b.bool(true), [])]],
    ["there is no local 4", [b.set(4, one), b.return(one)]],
    ["there is no global 4", [b.setGlobal(4, one), b.return(one)]],
  ];
  it.each(badBodies)("reports: %s", (message, body) => {
    expect(verifyHir(inFunction(body))).toContain(`.init:1:1: ${message}`);
  });

  it("reports modules whose functions do not fit together", () => {
    const module = inFunction([b.return(one)]);
    const [init] = module.functions;
    if (init === undefined) throw new Error("no function");
    expect(verifyHir({ ...module, functions: [init, init] })).toEqual([
      ".init: id 0 stands at index 1",
      ".init: the symbol is defined twice",
    ]);
    expect(verifyHir({ ...module, init: 3 })).toEqual(["init: there is no function 3"]);
    expect(verifyHir({ ...module, functions: [{ ...init, loopCount: 2 }] })).toEqual([
      ".init:1:1: loopCount is 2, found 0 loops",
    ]);
    expect(
      verifyHir({ ...module, functions: [{ ...init, result: "unit", body: [b.return()] }] }),
    ).toEqual([".init: init takes nothing and returns i64"]);
  });
});
