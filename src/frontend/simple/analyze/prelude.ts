// Built-in functions and methods that are written in Simple, so that they mean the same in every tier. Parsed when the
// first one of a module is used; one instance per types. A method's first parameter is the value it is called on; the
// type parameters `T`, `K` and `V` stand for the element type, or the key and value types, of that value.
import { DiagnosticSink, SourceFile, preludePath } from "../../../base/index.ts";
import type { FunctionDecl } from "../ast.ts";
import { parse } from "../parser.ts";
import { anySource } from "./prelude-any.ts";
import { arraySource } from "./prelude-arrays.ts";
import { dictSource } from "./prelude-dicts.ts";
import { numberSource } from "./prelude-numbers.ts";
import { textSource } from "./prelude-texts.ts";

const sources = {
  any: anySource,
  number: numberSource,
  array: arraySource,
  dict: dictSource,
  text: textSource,
} as const;

export type PreludeModule = keyof typeof sources;

export function isPreludeModule(name: string): name is PreludeModule {
  return Object.hasOwn(sources, name);
}

/** The functions of a module of the prelude. */
export function parsePrelude(name: PreludeModule): readonly FunctionDecl[] {
  const sink = new DiagnosticSink();
  const module = parse(new SourceFile(preludePath, sources[name]), sink);
  if (sink.hasErrors) {
    const [first] = sink.all;
    throw new Error(`the prelude of ${name} has errors: ${first?.message}`);
  }
  return module.body.filter((statement) => statement.kind === "function");
}
