import { describe, expect, it } from "vitest";
import { testClock, ways } from "../../tests/engine/harness.ts";
import { runtimeLibrary } from "../../tests/engine/runtime-library.ts";
import { libraryImage } from "../../tests/library/image.ts";
import { TestLibrary } from "../../tests/engine/test-library.ts";
import {
  firstLayout,
  HirBuilder,
  verifyHir,
  type Expr,
  type HirField,
  type HirLayout,
  type HirModule,
  type ValueType,
} from "../ir/hir/index.ts";
import {
  libraryLoader,
  Program,
  ProgramError,
  type EngineOptions,
  type LibraryLoader,
} from "./index.ts";

const h = new HirBuilder();

function layouts(
  ...shapes: readonly {
    kind?: HirLayout["kind"];
    name: string;
    fields?: readonly [string | null, ValueType, number][];
  }[]
): HirLayout[] {
  return shapes.map(({ kind = "object", name, fields = [] }, index) => ({
    id: firstLayout + index,
    kind,
    name,
    fields: fields.map(([field, type, offset]): HirField => ({ name: field, type, offset })),
    size: 32,
    equality: "identity",
  }));
}

function show(module: HirModule, options: Partial<EngineOptions>): string[] {
  expect(verifyHir(module)).toEqual([]);
  let out = "";
  const program = new Program(
    module,
    {
      clock: testClock,
      write: (_, text) => (out += text),
      verify: true,
      collectAlways: true,
      heapBudget: 2 ** 21,
      ...options,
    },
    { warnings: [], time: 0, modules: [] },
  );
  try {
    const code = program.run();
    return [...out.split("\n").slice(0, -1), `exit ${code}`];
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    return [...out.split("\n").slice(0, -1), `${error.code}: ${error.message}`];
  }
}

const ref = (name: string) => ({ name, type: "ref" }) as const;
const i64 = (name: string) => ({ name, type: "i64" }) as const;
const any = (name: string) => ({ name, type: "any" }) as const;
const done = h.return(h.int(0));

/** A loop of `count` rounds over local `index`. */
const times = (
  loop: number,
  index: number,
  count: number,
  body: Parameters<HirBuilder["while"]>[2],
) => [
  h.set(index, h.int(0)),
  h.while(loop, h.compare("lt", h.local(index), h.int(count)), [
    h.set(index, h.binary("add", h.local(index), h.int(1))),
    ...body,
  ]),
];

const concat = (left: Expr, right: Expr): Expr => h.host("rt_text_concat", "ref", left, right);

const [node, pair, closure, red, circle, triple] = [64, 65, 66, 67, 68, 69] as const;
const shapes = layouts(
  {
    name: "Node",
    fields: [
      ["value", "i64", 8],
      ["next", "ref", 16],
    ],
  },
  {
    name: "Pair",
    fields: [
      ["a", "ref", 8],
      ["b", "any", 16],
    ],
  },
  {
    kind: "closure",
    name: "add",
    fields: [
      [null, "u32", 8],
      [null, "ref", 12],
    ],
  },
  { kind: "variant", name: "Color::Red" },
  { kind: "variant", name: "Shape::Circle", fields: [[null, "f64", 8]] },
  {
    kind: "tuple",
    name: "",
    fields: [
      [null, "bool", 8],
      [null, "u8", 9],
      [null, "f32", 12],
    ],
  },
);

/** Functions are numbered in order; the last one is init. */
const programs: Readonly<Record<string, { module: HirModule; shows: string[] }>> = {
  "a list made by a recursion": {
    module: h.module(
      [
        {
          name: "build",
          params: [i64("n")],
          result: "ref",
          body: [
            h.if(h.compare("eq", h.local(0), h.int(0)), [h.return(h.nil())]),
            h.return(
              h.new(node, h.local(0), h.call(0, "ref", h.binary("sub", h.local(0), h.int(1)))),
            ),
          ],
        },
        {
          name: "sum",
          params: [ref("list")],
          vars: [i64("total")],
          result: "i64",
          body: [
            h.set(1, h.int(0)),
            h.while(0, h.compare("ne", h.local(0, "ref"), h.nil()), [
              h.set(1, h.binary("add", h.local(1), h.load("i64", h.local(0, "ref"), 8))),
              h.set(0, h.load("ref", h.local(0, "ref"), 16)),
            ]),
            h.return(h.local(1)),
          ],
        },
        {
          name: ".init",
          vars: [i64("i"), i64("total")],
          result: "i64",
          body: [
            h.set(1, h.int(0)),
            ...times(0, 0, 15, [
              h.set(1, h.binary("add", h.local(1), h.call(1, "i64", h.call(0, "ref", h.local(0))))),
            ]),
            h.print(h.local(1), " ", h.call(0, "ref", h.int(2))),
            done,
          ],
        },
      ],
      [],
      shapes,
    ),
    shows: ["680 Node(value: 2, next: Node(value: 1, next: nil))", "exit 0"],
  },
  "texts that wait for each other": {
    module: h.module([
      {
        name: "join",
        params: [ref("a"), i64("n")],
        result: "ref",
        body: [
          h.return(
            concat(
              concat(h.local(0, "ref"), h.format("<", h.local(1), ">")),
              concat(h.format(h.local(1), ":", h.local(0, "ref")), h.text("!")),
            ),
          ),
        ],
      },
      {
        name: ".init",
        vars: [i64("i"), ref("text")],
        result: "i64",
        body: [
          h.set(1, h.text("")),
          ...times(0, 0, 12, [
            h.set(1, h.call(0, "ref", h.text("ab"), h.local(0))),
            h.if(h.host("rt_text_equal", "bool", h.local(1, "ref"), h.text("ab<12>12:ab!")), [
              h.print({ kind: "value", value: h.local(1, "ref"), spec: ">15" }, "|"),
            ]),
          ]),
          h.print(h.call(0, "ref", h.call(0, "ref", h.text("é"), h.int(1)), h.int(2))),
          done,
        ],
      },
    ]),
    shows: ["   ab<12>12:ab!|", "é<1>1:é!<2>2:é<1>1:é!!", "exit 0"],
  },
  "closures with captures": {
    module: h.module(
      [
        {
          name: "add",
          params: [ref("$closure"), i64("by")],
          result: "i64",
          body: [
            h.return(
              h.binary("add", h.load("i64", h.load("ref", h.local(0, "ref"), 12), 8), h.local(1)),
            ),
          ],
        },
        {
          name: "make",
          params: [i64("n")],
          result: "ref",
          body: [h.return(h.new(closure, h.functionSlot(0), h.new(node, h.local(0), h.nil())))],
        },
        {
          name: "apply",
          params: [ref("f"), i64("x")],
          result: "i64",
          body: [h.return(h.callClosure("i64", h.local(0, "ref"), h.local(1)))],
        },
        {
          name: ".init",
          vars: [i64("i"), i64("total")],
          result: "i64",
          body: [
            h.set(1, h.int(0)),
            ...times(0, 0, 20, [
              h.set(
                1,
                h.binary(
                  "add",
                  h.local(1),
                  h.callClosure(
                    "i64",
                    h.call(1, "ref", h.local(0)),
                    h.call(2, "i64", h.call(1, "ref", h.int(1000)), h.int(1)),
                  ),
                ),
              ),
            ]),
            h.print(h.local(1), " ", h.call(1, "ref", h.int(1))),
            done,
          ],
        },
      ],
      [],
      shapes,
    ),
    shows: ["20230 <fn add>", "exit 0"],
  },
  "arrays of objects": {
    module: h.module(
      [
        {
          name: "cell",
          params: [i64("n")],
          result: "ref",
          body: [h.return(h.new(pair, h.format("n", h.local(0)), h.box(h.local(0))))],
        },
        {
          name: ".init",
          vars: [i64("i"), ref("cells"), ref("floats")],
          result: "i64",
          body: [
            h.set(
              1,
              h.newArray("ref", h.call(0, "ref", h.int(1)), h.nil(), h.call(0, "ref", h.int(2))),
            ),
            ...times(0, 0, 10, [
              h.setElement("ref", h.local(1, "ref"), h.int(1), h.call(0, "ref", h.local(0))),
              h.store(
                "ref",
                h.element("ref", h.local(1, "ref"), h.int(-1)),
                8,
                h.format("last", h.local(0)),
              ),
              h.setElement(
                "ref",
                h.newArray("ref", h.nil()),
                h.int(0),
                h.call(0, "ref", h.local(0)),
              ),
            ]),
            h.print(h.local(1, "ref")),
            h.set(2, h.newArray("f32", h.float(0.5, "f32"), h.convert("f32", h.float(0.1)))),
            h.setElement(
              "f32",
              h.local(2, "ref"),
              h.int(-2),
              h.element("f32", h.local(2, "ref"), h.int(1)),
            ),
            h.print(
              h.local(2, "ref"),
              h.newArray("bool", h.bool(true)),
              h.newArray("u8", h.int(200, "u8")),
            ),
            done,
          ],
        },
      ],
      [],
      shapes,
    ),
    shows: [
      "[Pair(a: n1, b: 1), Pair(a: n10, b: 10), Pair(a: last10, b: 2)]",
      "[0.1, 0.1][true][200]",
      "exit 0",
    ],
  },
  "any values": {
    module: h.module(
      [
        {
          name: "id",
          params: [any("x")],
          result: "any",
          body: [h.return(h.local(0, "any"))],
        },
        {
          name: ".init",
          vars: [i64("i"), ref("all"), any("big")],
          result: "i64",
          body: [
            h.set(1, h.nil()),
            h.set(2, h.nil("any")),
            ...times(0, 0, 11, [
              h.set(2, h.call(0, "any", h.box(h.binary("mul", h.local(0), h.int(2 ** 50))))),
              h.set(
                1,
                h.newArray(
                  "any",
                  h.call(0, "any", h.box(h.unary("neg", h.local(0)))),
                  h.call(0, "any", h.box(h.float(-0.5))),
                  h.call(0, "any", h.box(h.bool(true))),
                  h.call(0, "any", h.box(h.text("t"))),
                  h.call(0, "any", h.box(h.int(2n ** 64n - 1n, "u64"))),
                  h.call(0, "any", h.box(h.int(-7, "i8"))),
                  h.call(0, "any", h.box(h.convert("f32", h.float(0.1)))),
                  h.local(2, "any"),
                  h.nil("any"),
                ),
              ),
            ]),
            h.print(h.local(1, "ref")),
            h.print(
              h.unbox("i64", h.local(2, "any")),
              " ",
              h.unbox("i64", h.element("any", h.local(1, "ref"), h.int(0))),
              " ",
              h.unbox("f64", h.element("any", h.local(1, "ref"), h.int(1))),
              " ",
              h.unbox("u64", h.element("any", h.local(1, "ref"), h.int(4))),
              " ",
              h.unbox("i8", h.element("any", h.local(1, "ref"), h.int(5))),
              " ",
              h.unbox("ref", h.element("any", h.local(1, "ref"), h.int(3))),
              " ",
              h.compare("eq", h.local(2, "any"), h.element("any", h.local(1, "ref"), h.int(7))),
              " ",
              { kind: "value", value: h.element("any", h.local(1, "ref"), h.int(1)), spec: "+.2f" },
            ),
            done,
          ],
        },
      ],
      [],
      shapes,
    ),
    shows: [
      "[-11, -0.5, true, t, 18446744073709551615, -7, 0.1, 12384898975268864, nil]",
      "12384898975268864 -11 -0.5 18446744073709551615 -7 t true -0.50",
      "exit 0",
    ],
  },
  "variants, tuples and an object inside itself": {
    module: h.module(
      [
        {
          name: "pick",
          params: [i64("n")],
          result: "ref",
          body: [
            h.if(h.compare("gt", h.local(0), h.int(5)), [h.return(h.singleton(red))]),
            h.return(h.new(circle, h.convert("f64", h.local(0)))),
          ],
        },
        {
          name: ".init",
          vars: [i64("i"), ref("loop"), i64("reds")],
          result: "i64",
          body: [
            h.set(2, h.int(0)),
            ...times(0, 0, 12, [
              h.if(h.compare("eq", h.call(0, "ref", h.local(0)), h.singleton(red)), [
                h.set(2, h.binary("add", h.local(2), h.int(1))),
              ]),
            ]),
            h.set(1, h.new(node, h.local(2), h.nil())),
            h.store("ref", h.local(1, "ref"), 16, h.local(1, "ref")),
            h.print(
              h.local(1, "ref"),
              " ",
              h.newArray("ref", h.call(0, "ref", h.int(3)), h.call(0, "ref", h.int(9))),
              " ",
              h.new(triple, h.bool(false), h.int(255, "u8"), h.float(1.5, "f32")),
            ),
            done,
          ],
        },
      ],
      [],
      shapes,
    ),
    shows: [
      "Node(value: 7, next: ...) [Shape::Circle(3.0), Color::Red] (false, 255, 1.5)",
      "exit 0",
    ],
  },
  "module-level variables are roots": {
    module: h.module(
      [
        {
          name: "put",
          params: [i64("n")],
          result: "unit",
          body: [
            h.setGlobal(0, concat(h.global(0, "ref"), h.format(h.local(0)))),
            h.setGlobal(1, h.box(h.format("last ", h.local(0)))),
          ],
        },
        {
          name: ".init",
          vars: [i64("i")],
          result: "i64",
          body: [
            h.setGlobal(0, h.text("")),
            ...times(0, 0, 12, [h.expr(h.call(0, "unit", h.local(0)))]),
            h.print(h.global(0, "ref"), " ", h.global(1, "any")),
            done,
          ],
        },
      ],
      [
        { symbol: "all", name: "all", type: "ref" },
        { symbol: "last", name: "last", type: "any" },
      ],
    ),
    shows: ["123456789101112 last 12", "exit 0"],
  },
  "an index out of range": {
    module: h.module([
      {
        name: "at",
        params: [ref("xs"), i64("i")],
        result: "i64",
        body: [h.return(h.element("i64", h.local(0, "ref"), h.local(1)))],
      },
      {
        name: ".init",
        vars: [i64("i"), ref("xs")],
        result: "i64",
        body: [
          h.set(1, h.newArray("i64", h.int(1), h.int(2), h.int(3))),
          ...times(0, 0, 12, [
            h.print(h.call(0, "i64", h.local(1, "ref"), h.binary("sub", h.int(2), h.local(0)))),
          ]),
          done,
        ],
      },
    ]),
    shows: ["2", "1", "3", "2", "1", "index_out_of_range: index -4 is out of range for length 3"],
  },
};

/** A text that doubles until the heap is full. */
const doubling = h.module([
  {
    name: ".init",
    vars: [i64("i"), ref("text")],
    result: "i64",
    body: [
      h.set(1, h.text("0123456789abcdef")),
      ...times(0, 0, 40, [h.set(1, concat(h.local(1, "ref"), h.local(1, "ref")))]),
      done,
    ],
  },
]);

/** One that overwrites what is not reached, and the real one. */
const libraries: Readonly<Record<string, LibraryLoader>> = {
  "test library": (environment) => new TestLibrary(environment),
  "runtime library": runtimeLibrary,
};

/** Native code has the runtime library compiled into it. */
const fits = (library: string, { backend }: Partial<EngineOptions>): boolean =>
  library === "runtime library" || backend !== "llvm";

const cases = Object.entries(ways).flatMap(([way, options]) =>
  Object.entries(libraries)
    .filter(([name]) => fits(name, options))
    .map(([name, library]) => [`${way}, ${name}`, { ...options, library }] as const),
);

describe("programs with a heap, collecting at every allocation", () => {
  describe.each(cases)("%s", (_, options) => {
    it.each(Object.entries(programs))("%s", (_name, { module, shows }) => {
      expect(show(module, options)).toEqual(shows);
    });
  });
});

describe("a shared memory", () => {
  it.each(Object.entries(libraries))("%s", (_, library) => {
    const { module, shows } = programs["any values"] ?? { module: doubling, shows: [] };
    const options = { ...ways["auto, at once"], library, sharedMemory: true };
    expect(show(module, options)).toEqual(shows);
  });
});

describe("an image", () => {
  it("stays as it is, also in a buffer of Node", () => {
    const { module, shows } = programs["any values"] ?? { module: doubling, shows: [] };
    const image = Buffer.from(libraryImage());
    const library = libraryLoader(image);
    for (const sharedMemory of [false, false, true])
      expect(show(module, { library, sharedMemory })).toEqual(shows);
    expect(image.equals(libraryImage())).toBe(true);
  });
});

describe("a heap that is full", () => {
  it.each(cases)("is an error with the sizes and what to do: %s", (_, options) => {
    const [shown = ""] = show(doubling, options);
    expect(shown).toMatch(
      /^out_of_heap: out of heap: [\d.]+ (KiB|MiB) in use, needed [\d.]+ (KiB|MiB) more$/,
    );
  });
});
