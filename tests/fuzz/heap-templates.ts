// Written types and functions that random statements use: recursion over trees and lists, generics, closures that are returned.
import type { HeapContext } from "./heap-context.ts";
import { i64Type, textType, type HeapType } from "./heap-types.ts";
import { value } from "./heap-values.ts";

interface Template {
  readonly lines: readonly string[];
  use(context: HeapContext): void;
}

function number(context: HeapContext): string {
  return value(context, i64Type, 1);
}

function text(context: HeapContext): string {
  return `${context.helper("clip")}(${value(context, textType, 2)})`;
}

const tree: Template = {
  lines: [
    "class Tree:",
    "    v: i64",
    "    left: Tree?",
    "    right: Tree?",
    "    me insert(x: i64):",
    "        if x < self.v:",
    "            if self.left == nil: self.left = Tree(v: x)",
    "            else: self.left!.insert(x)",
    "        else:",
    "            if val r = self.right: r.insert(x)",
    "            else: self.right = Tree(v: x)",
    "    fn sum() -> i64:",
    "        var t = self.v",
    "        if val l = self.left: t = t + l.sum()",
    "        if val r = self.right: t = t + r.sum()",
    "        t",
    "    fn depth() -> i64: 1 + (self.left?.depth() ?? 0).max(self.right?.depth() ?? 0)",
    "    fn walk(out: [text]):",
    "        self.left?.walk(out)",
    '        out.push("{self.v:>4}")',
    "        if val r = self.right: r.walk(out)",
  ],
  use(context) {
    const name = context.fresh("t");
    const item = context.fresh("e");
    context.step(600);
    context.line(`val ${name} = Tree(v: ${number(context)})`);
    context.line(
      `for ${item} in [${number(context)}, ${number(context)}, 7, ${number(context)}, -3]: ${name}.insert(${item} % 50)`,
    );
    context.line(`var out${name}: [text] = []`);
    context.line(`${name}.walk(out${name})`);
    context.line(`print "{${name}} {${name}.sum()} {${name}.depth()} {out${name}}"`);
    context.declareValue(`out${name}`, { kind: "array", element: textType, name: "[text]" }, true);
  },
};

const list: Template = {
  lines: [
    "class Link:",
    "    value: text",
    "    next: Link?",
    "fn chain(n: i64, s: text) -> Link?: if n <= 0: nil else: Link(value: s + n, next: chain(n - 1, s))",
    "fn turned(list: Link?) -> Link?:",
    "    var done: Link? = nil",
    "    var rest = list",
    "    while val one = rest:",
    "        rest = one.next",
    "        done = Link(value: one.value, next: done)",
    "    done",
    'fn shown(list: Link?) -> text: if val one = list: one.value + ";" + shown(one.next) else: "."',
  ],
  use(context) {
    const name = context.fresh("t");
    context.step(400);
    context.line(`val ${name} = chain(${number(context)} & 7, ${text(context)})`);
    context.line(`print "{${name}} {shown(turned(${name}))}"`);
    context.line(`print ${name}?.next?.next?.value ?? ${text(context)}`);
  },
};

const stack: Template = {
  lines: [
    "class Stack<T>:",
    "    items: [T] = []",
    "    me push(x: T): self.items.push(x)",
    "    me pop() -> T?: self.items.pop()",
    "    fn len() -> i64: self.items.len()",
    "    fn map(f):",
    "        val r = []",
    "        for x in self.items: r.push(f(x))",
    "        r",
    "struct Box<T>:",
    "    value: T",
    "    fn get() -> T: self.value",
    "    me put(x: T): self.value = x",
    "fn pair(a, b): (a, b)",
  ],
  use(context) {
    const { random } = context;
    const name = context.fresh("t");
    const nominal: HeapType[] = context.nominal.filter(({ kind }) => kind === "object");
    const type = random.pick([
      i64Type,
      textType,
      { kind: "scalar", scalar: "f32", name: "f32" },
      ...nominal,
    ] as const);
    const item = (): string => value(context, type, 2);
    context.step(100);
    context.line(`val ${name}: Stack<${type.name}> = Stack(items: [${item()}])`);
    context.line(`${name}.push(${item()})`);
    if (random.chance(50)) context.line(`print ${name}.pop()`);
    context.line(`print "{${name}} {${name}.len()}"`);
    context.line(`var b${name} = Box(value: ${item()})`);
    context.line(`val c${name} = b${name}`);
    context.line(`b${name}.put(${item()})`);
    context.line(`print pair(b${name}.get(), c${name})`);
    context.line(`print ${name}.map(\\x: pair(x, ${number(context)}))`);
  },
};

const calculator: Template = {
  lines: [
    "enum Sum:",
    "    Num(i64)",
    "    Add(Sum, Sum)",
    "    Div(l: Sum, r: Sum)",
    "    Named(text, Sum)",
    "fn worth(e: Sum) -> Result<i64, text>:",
    "    match e:",
    "        case Num(n): Ok(n)",
    "        case Add(Num(0), b): worth(b)",
    "        case Add(a, b): Ok(worth(a)? + worth(b)?)",
    "        case Div(l: a, r: b):",
    "            val d = worth(b)?",
    '            if d == 0: return Err("division of {a}")',
    "            Ok(worth(a)? / d)",
    '        case Named("", b): Err("no name")',
    "        case Named(name, b) if name.len() > 30: Err(name[0:5])",
    "        case Named(_, b): worth(b)",
  ],
  use(context) {
    const name = context.fresh("t");
    const leaf = (): string => `Sum.Num(${number(context)} % 4)`;
    context.step(300);
    context.line(
      `val ${name} = Sum.Add(Sum.Div(l: ${leaf()}, r: ${leaf()}), Sum.Named(${text(context)}, Sum.Add(${leaf()}, ${leaf()})))`,
    );
    context.line(`print "{${name}} = {worth(${name})}"`);
    context.line(`match worth(${name}):`);
    context.line(`    case Ok(v): total = total * 31 + v`);
    context.line(`    case Err(e): print e`);
  },
};

const functions: Template = {
  lines: [
    "fn compose(f, g): \\x: g(f(x))",
    "fn twofold(f, x): f(f(x))",
    "fn adder(n: i64) -> fn(i64) -> i64: \\x: x + n",
    "class Counter:",
    "    n: i64",
    "    f: fn(i64) -> i64",
    "    me tick(): self.n = self.f(self.n)",
    "fn ticking(c: Counter) -> fn() -> i64:",
    "    \\:",
    "        c.tick()",
    "        c.n",
  ],
  use(context) {
    const name = context.fresh("t");
    context.step(100);
    context.line(`val ${name} = Counter(n: ${number(context)}, f: adder(${number(context)}))`);
    context.line(`val go${name} = ticking(${name})`);
    context.line(`print go${name}() + twofold(adder(${number(context)}), go${name}()) + ${name}.n`);
    context.line(`print compose(adder(${number(context)}), \\x: "<{x}>")(${number(context)})`);
    context.line(
      `val fs${name}: [fn(i64) -> i64] = [adder(1), ${name}.f, \\x: x * ${number(context)}]`,
    );
    context.line(`print fs${name}.map(\\f: f(${number(context)}))`);
  },
};

const mixed: Template = {
  lines: ['fn told(x: Any) -> text: "<{x}>"', "fn first_of(xs): xs[0]"],
  use(context) {
    const name = context.fresh("t");
    const item = context.fresh("e");
    context.step(80);
    context.line(
      `val ${name}: [Any] = [${number(context)}, ${text(context)}, 2.5, nil, true, 200u8, [1, 2], (1, "q")]`,
    );
    context.line(`for ${item} in ${name}: print told(${item}) + (${item} == ${number(context)})`);
    context.line(`${name}[${number(context)} & 7] = ${text(context)}`);
    context.line(
      `print "{${name}} {first_of(${name})} {${name}[1] == ${name}[2]} {${name}.len()}"`,
    );
  },
};

const templates: Readonly<Record<string, Template>> = {
  tree,
  list,
  stack,
  calculator,
  functions,
  mixed,
};

/** Statements about one of the written types. */
export function useTemplate(context: HeapContext): boolean {
  if (context.multiplier > 60) return false;
  const name = context.random.pick(Object.keys(templates));
  context.templates.add(name);
  templates[name]?.use(context);
  return true;
}

/** The definitions that a template needs. */
export function templateLines(name: string): readonly string[] {
  return templates[name]?.lines ?? [];
}
