// Random declarations: structs, classes, enums, traits, functions; and the types that values are given.
import type { HeapContext, HelperKind } from "./heap-context.ts";
import {
  i64Type,
  type Field,
  type HeapType,
  type Method,
  type ObjectDeclaration,
  type Variant,
} from "./heap-types.ts";
import { anyHeapType, memberType } from "./heap-type-choice.ts";
import { heapStatements } from "./heap-statements.ts";
import { value } from "./heap-values.ts";
import { literal } from "./simple-expressions.ts";

export function nominalTypes(context: HeapContext): void {
  const { random } = context;
  for (let count = random.between(0, 3); count > 0; count -= 1) {
    if (random.chance(35)) enumType(context);
    else objectType(context, random.chance(50) ? "struct" : "class");
  }
  if (context.nominal.some(({ kind }) => kind === "object") && random.chance(40)) trait(context);
}

function enumType(context: HeapContext): void {
  const { random } = context;
  const name = context.fresh("E");
  const variants: Variant[] = [{ name: context.fresh("V"), fields: [] }];
  for (let count = random.between(1, 3); count > 0; count -= 1) {
    const fields = Array.from({ length: random.between(0, 2) }, () => memberType(context, 1, true));
    variants.push({ name: context.fresh("V"), fields });
  }
  context.line(`enum ${name}:`);
  for (const { name: variant, fields } of variants) {
    const list = fields.map((field) => field.name).join(", ");
    context.line(`    ${variant}${fields.length === 0 ? "" : `(${list})`}`);
  }
  context.nominal.push({ kind: "enum", name, variants });
}

function objectType(context: HeapContext, keyword: "struct" | "class"): void {
  const { random } = context;
  const name = context.fresh(keyword === "struct" ? "S" : "C");
  const fields: Field[] = Array.from({ length: random.between(1, 4) }, () => ({
    name: context.fresh("a"),
    type: memberType(context, 2, true),
  }));
  const object: ObjectDeclaration = { keyword, name, fields, methods: [] };
  context.line(`${keyword} ${name}:`);
  for (const field of fields) {
    const { type } = field;
    const fallback =
      type.kind === "scalar" && random.chance(20) ? ` = ${literal(context, type.scalar)}` : "";
    context.line(`    ${field.name}: ${type.name}${fallback}`);
  }
  for (let count = random.between(0, 2); count > 0; count -= 1) method(context, object);
  context.nominal.push({ kind: "object", name, object });
}

function method(context: HeapContext, object: ObjectDeclaration): void {
  const { random } = context;
  const changes = random.chance(50);
  const result = changes ? null : memberType(context, 1, true);
  const params = Array.from({ length: random.between(0, 2) }, () => memberType(context, 1, true));
  const name = context.fresh("do");
  const names = params.map(() => context.fresh("p"));
  const list = params.map((type, index) => `${names[index]}: ${type.name}`).join(", ");
  const head = `${changes ? "me" : "fn"} ${name}(${list})${result === null ? "" : ` -> ${result.name}`}:`;
  context.indent += 1;
  context.line(head);
  const cost = context.inFunction("unit", false, () => {
    for (const { name: field, type } of object.fields) {
      context.declareValue(`self.${field}`, type, changes, 1);
    }
    params.forEach((type, index) => context.declareValue(names[index] ?? "_", type, false));
    if (result !== null) context.result = null;
    context.heapResult = result?.kind === "scalar" ? null : result;
    heapStatements(context, random.between(0, 2), 1);
    if (result !== null) context.line(value(context, result, 2));
    context.heapResult = null;
  });
  context.indent -= 1;
  const made: Method = { name, params, result, changes, cost };
  object.methods.push(made);
}

/** A trait with a method that every implementer has and one with a default. */
function trait(context: HeapContext): void {
  const { random } = context;
  const name = context.fresh("Trait");
  const implementers = context.nominal.filter((one) => one.kind === "object" || random.chance(30));
  context.line(`trait ${name}:`);
  context.line("    fn rank() -> i64");
  context.line(`    fn label() -> text: "${name} {self.rank()}"`);
  for (const one of implementers) {
    context.line(`impl ${name} for ${one.name}:`);
    context.indent += 1;
    context.line("fn rank() -> i64:");
    context.inFunction("unit", false, () => {
      context.result = null;
      if (one.kind === "object") {
        for (const { name: field, type } of one.object.fields) {
          context.declareValue(`self.${field}`, type, false, 1);
        }
      }
      context.line(value(context, i64Type, 2));
    });
    if (random.chance(40)) context.line(`fn label() -> text: "${one.name}"`);
    context.indent -= 1;
  }
  context.traits.push({ kind: "trait", name, implementers });
}

export function heapFunction(context: HeapContext, size: number): void {
  const { random } = context;
  const name = context.fresh("f");
  const params = Array.from({ length: random.between(0, 3) }, () => memberType(context, 2, false));
  const result = anyHeapType(context, 2);
  const names = params.map(() => context.fresh("p"));
  const list = params.map((type, index) => `${names[index]}: ${type.name}`).join(", ");
  context.line(`fn ${name}(${list}) -> ${result.name}:`);
  const cost = context.inFunction("unit", false, () => {
    params.forEach((type, index) => context.declareValue(names[index] ?? "_", type, false));
    context.result = null;
    context.heapResult = result;
    heapStatements(context, random.between(1, 2 + (size >> 1)), 2);
    context.line(value(context, result, 3));
    context.heapResult = null;
  });
  context.heapFunctions.push({ name, params, result, cost });
}

export function globalValue(context: HeapContext): void {
  const type = anyHeapType(context, 2);
  const name = context.fresh("g");
  context.line(`var ${name}: ${type.name} = ${value(context, type, 2)}`);
  context.declareValue(name, type, true);
}

/** The definition of a helper. */
export function helperLines(name: string, kind: HelperKind, type: HeapType = i64Type): string[] {
  const t = type.name;
  switch (kind) {
    case "at":
      return [`fn ${name}(xs, i: i64, d): if xs.len() == 0: d else: xs[i % xs.len()]`];
    case "character":
      return [
        `fn ${name}(s: text, i: i64) -> text: if s.char_count() == 0: "" else: s[i % s.char_count()]`,
      ];
    case "clip":
      return [`fn ${name}(s: text) -> text: if s.len() > 48: s[0:24] else: s`];
    case "ok":
      return [`fn ${name}(x: ${t}) -> Result<${t}, text>: Ok(x)`];
    case "err":
      return [`fn ${name}(e: text) -> Result<${t}, text>: Err(e)`];
    case "option":
      return [`fn ${name}(c: bool, x: ${t}) -> ${t}?: if c: x else: nil`];
    case "array":
      return [`fn ${name}(a: ${t}, b: ${t}) -> [${t}]:`, `    val r: [${t}] = [a, b]`, "    r"];
    case "weigh":
      return weigh(name, type);
  }
}

function weigh(name: string, type: HeapType): string[] {
  const lines = [`fn ${name}(x: ${type.name}) -> i64:`, "    match x:"];
  if (type.kind !== "enum") return lines;
  for (const [index, variant] of type.variants.entries()) {
    const names = variant.fields.map((_, at) => `q${at}`);
    const list = names.length === 0 ? "" : `(${names.join(", ")})`;
    const terms = variant.fields.map((field, at) => weightOf(field, `q${at}`));
    lines.push(
      `        case ${type.name}.${variant.name}${list}: ${[`${index}`, ...terms].join(" + ")}`,
    );
  }
  return lines;
}

function weightOf(type: HeapType, name: string): string {
  if (type.kind === "scalar") {
    return type.scalar === "bool" ? `(if ${name}: 1 else: 0)` : `(${name} as i64)`;
  }
  return type.kind === "text" || type.kind === "array" || type.kind === "dict"
    ? `${name}.len()`
    : "1";
}
