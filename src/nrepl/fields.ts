// Versions, completions and declarations in the fields that clients read.
import type { EncodableDict } from "./bencode.ts";
import type { Completion, SymbolDescription } from "./evaluator.ts";

/** The fields of a version in `describe`. */
export function versionFields(version: string): EncodableDict {
  const parts = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  const [, major = "0", minor = "0", incremental = "0"] = parts;
  return {
    major: Number(major),
    minor: Number(minor),
    incremental: Number(incremental),
    "version-string": version,
  };
}

/** One completion. */
export function completion({ candidate, type, namespace }: Completion): EncodableDict {
  return { candidate, type, ...(namespace === undefined ? {} : { ns: namespace }) };
}

/** What is known of a name, for `lookup` and `info`. */
export function info(found: SymbolDescription): EncodableDict {
  const { name, namespace, signature, parameters, documentation, place } = found;
  return {
    name,
    ns: namespace,
    doc: documentation === null ? signature : `${signature}\n\n${documentation}`,
    ...(parameters.length === 0
      ? {}
      : {
          arglists: `(${parameters.map(list).join(" ")})`,
          "arglists-str": parameters.map(list).join("\n"),
        }),
    ...(place === null
      ? {}
      : { file: place.file ?? undefined, line: place.line, column: place.column }),
  };
}

function list(parameters: readonly string[]): string {
  return `[${parameters.join(" ")}]`;
}

/** The parameters of a function, for `eldoc`. */
export function eldoc({
  name,
  namespace,
  signature,
  parameters,
  documentation,
}: SymbolDescription): EncodableDict {
  return {
    name,
    ns: namespace,
    type: parameters.length === 0 ? "variable" : "function",
    eldoc: parameters.map((each) => [...each]),
    docstring: documentation ?? signature,
  };
}
