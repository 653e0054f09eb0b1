// Random patterns of `match`.
import type { HeapContext } from "./heap-context.ts";
import { textType, type HeapType } from "./heap-types.ts";
import { textLiteral } from "./heap-values.ts";

type Pattern = readonly [text: string, binds: readonly (readonly [string, HeapType])[]];

/** Patterns for values of the type, with the names that they bind; those of other types bind or are left out. */
export function patterns(context: HeapContext, type: HeapType): Pattern[] {
  const { random } = context;
  const bind = (of: HeapType): Pattern => {
    if (random.chance(15)) return ["_", []];
    const name = context.fresh("m");
    return [name, [[name, of]]];
  };
  const inside = (of: HeapType): Pattern => {
    if (of.kind === "scalar" && of.scalar === "i64" && random.chance(30))
      return [`${random.between(0, 3)}`, []];
    if (of.kind === "text" && random.chance(30)) return [textLiteral(context), []];
    if (of.kind === "enum" && random.chance(40)) return variant(of);
    if (of.kind === "option" && random.chance(40))
      return random.chance(50) ? ["nil", []] : wrap("Some", [bind(of.of)]);
    return bind(of);
  };
  const wrap = (head: string, parts: readonly Pattern[]): Pattern => [
    parts.length === 0 && head !== "" ? head : `${head}(${parts.map(([text]) => text).join(", ")})`,
    parts.flatMap(([, binds]) => binds),
  ];
  const variant = (of: HeapType & { readonly kind: "enum" }): Pattern => {
    const { name, fields } = random.pick(of.variants);
    return wrap(random.chance(70) ? `${of.name}.${name}` : name, fields.map(inside));
  };
  const count = random.between(1, 3);
  return Array.from({ length: count }, (): Pattern => {
    switch (type.kind) {
      case "enum":
        return variant(type);
      case "option":
        return random.chance(40)
          ? [random.pick(["None", "nil"]), []]
          : wrap("Some", [inside(type.of)]);
      case "result":
        return random.chance(50) ? wrap("Ok", [inside(type.of)]) : wrap("Err", [bind(textType)]);
      case "tuple":
        return wrap("", type.parts.map(inside));
      case "trait": {
        const one = random.pick(type.implementers);
        return one.kind === "object"
          ? wrap(
              one.name,
              one.object.fields.map(({ type: of }) => bind(of)),
            )
          : ["_", []];
      }
      case "scalar":
      case "text":
      case "array":
      case "dict":
      case "object":
      case "function":
      case "any":
        return inside(type);
    }
  });
}
