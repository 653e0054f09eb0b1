// What editors ask in Clojure when they connect, whatever the server evaluates: the namespace, functions for the prompt, the
// dialect. Servers of other languages would answer with errors, and some editors give up then.

/** Forms that are answered, with what they give: `null` is no value at all. */
const probes: readonly (readonly [pattern: RegExp, value: string | null])[] = [
  // Calva's first message. With metadata, as nrepl.cmdline sends it.
  [/^\*ns\*$/, "namespace"],
  // CIDER and Calva.
  [/^\(when-let \[requires \(resolve 'clojure\.main\/repl-requires\)\]/, null],
  // Sent in front of the first evaluation in a file.
  [/^\((?:clojure\.core\/)?(?:in-ns|ns|require) '?[\w.-]*\w[\s)]/, null],
  // Conjure: the dialect.
  [/^#\?\(:clj /, "unknown"],
  // CIDER, after an error.
  [/^\(clojure\.stacktrace\//, null],
  [/^\(clojure\.repl\/doc /, null],
];

/** The answer to a form of an editor: its value, no value (null), or undefined if it is not one of those. */
export function answerProbe(code: string, namespace: string): string | null | undefined {
  const form = code.trim().replace(/^(\^\{[^}]*\}\s*)+/, "");
  // Most code is not Clojure.
  if (!/^[(*#]/.test(form)) return undefined;
  const found = probes.find(([pattern]) => pattern.test(form));
  if (found === undefined) return undefined;
  const [, value] = found;
  return value === "namespace" ? namespace : value;
}
