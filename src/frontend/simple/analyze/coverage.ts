// Which values the arms of a match cover, for the kinds of values that can be counted: `bool`, enums, optional values.
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { optionTypeOf } from "./option-values.ts";
import { partsOf } from "./pattern-parts.ts";
import { isIrrefutable } from "./patterns.ts";
import { found, isScalar } from "./simple-type.ts";
import type { Typed, Value } from "./value.ts";

/** Grows with each arm that has no guard. */
export class Coverage {
  readonly #seen = new Set<string>();
  /** The cases of the subject's type; null where they cannot be counted. */
  #cases: readonly string[] | null = null;

  /** Counts an arm; whether nothing is left for the arms behind it. */
  add(cx: Context, pattern: ast.Pattern, subject: Value): boolean {
    if (subject.kind !== "typed") return false;
    this.#cases ??= casesOf(subject);
    if (this.#cases === null) return false;
    const options = pattern.kind === "alternatives" ? pattern.options : [pattern];
    for (const option of options) {
      const name = covered(cx, option, subject);
      if (name === "Some" && optionTypeOf(subject) !== null)
        for (const one of this.#cases) if (one !== "None") this.#seen.add(one);
      if (name !== null) this.#seen.add(name);
    }
    return this.#cases.length > 0 && this.#missing().length === 0;
  }

  #missing(): string[] {
    return (this.#cases ?? []).filter((name) => !this.#seen.has(name));
  }

  /** The values of an enum that no arm is for, after the last arm. */
  report(cx: Context, match: ast.MatchExpr): void {
    const missing = this.#missing();
    const cases = this.#cases;
    if (missing.length === 0 || cases === null || cases[0] === "true") return;
    const shown = missing.slice(0, 5).map((name) => `\`${name}\``);
    const more = missing.length - shown.length;
    const names = `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
    cx.report.warning(
      "type/missing-variants",
      `this match has no arm for ${names}`,
      match.subject.span,
      "Add the arms, or `case _:` for the rest.",
    );
  }
}

function casesOf(subject: Typed): readonly string[] | null {
  const type = found(subject.type);
  if (type === "bool") return ["true", "false"];
  if (isScalar(type)) return null;
  const option = optionTypeOf(subject);
  if (option !== null) {
    const inner = found(option.inner);
    const some =
      !isScalar(inner) && inner.kind === "enum"
        ? inner.shape.decl.variants.map(({ name }) => name.text)
        : ["Some"];
    return ["None", ...some];
  }
  return type.kind === "enum" ? type.shape.decl.variants.map(({ name }) => name.text) : null;
}

/** The case that a pattern covers as a whole. */
function covered(cx: Context, pattern: ast.Pattern, subject: Typed): string | null {
  if (pattern.kind === "literal") {
    if (pattern.value.kind === "bool") return String(pattern.value.value);
    return pattern.value.kind === "nil" ? "None" : null;
  }
  if (pattern.kind === "range" || pattern.kind === "alternatives" || pattern.kind === "wildcard")
    return null;
  const parts = cx.report.silence(() => partsOf(cx, pattern, subject));
  if (parts === "error" || parts === "binding") return null;
  const whole = parts.parts.every((part) => isIrrefutable(cx, part.pattern, part.value));
  if (!whole) return null;
  // A tuple is taken apart only where it is there.
  if (pattern.kind === "tuple") return "Some";
  if (pattern.kind === "array") return null;
  return pattern.kind === "name" ? pattern.name : (pattern.path.at(-1)?.text ?? null);
}
