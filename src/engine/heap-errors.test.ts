// Errors of programs that use the heap: the same text, place and trace in every tier.
import { describe, expect, it } from "vitest";
import { heapWays, observe, ways } from "../../tests/engine/harness.ts";

const programs: Readonly<
  Record<string, { source: string; out: string; message: string | RegExp; trace: string[] }>
> = {
  "an index out of range": {
    source: `fn at(xs: [i64], i: i64) -> i64:
    return xs[i]

val xs = [1, 2, 3]
for i in 0..5:
    print at(xs, i)
`,
    out: "1\n2\n3\n",
    message: "index 3 is out of range for length 3",
    trace: ["at:2:12", "top level:6:11"],
  },
  "an index of an assignment": {
    source: `fn put(xs: [text], i: i64):
    xs[i] = "x{i}"

val xs = ["a", "b"]
for i in 0..5:
    put(xs, i - 2)
print xs
`,
    out: "",
    message: "index 2 is out of range for length 2",
    trace: ["put:2:5", "top level:6:5"],
  },
  "a heap that is full": {
    source: `fn double(s: text) -> text:
    return s + s

var s = "0123456789abcdef"
for i in 0..100:
    s = double(s)
`,
    out: "",
    message: /^out of heap: [\d.]+ (KiB|MiB) in use, needed [\d.]+ (KiB|MiB) more$/,
    trace: ["double:2:12", "top level:6:9"],
  },
  "a failure with a text": {
    source: `fn check(names: [text], i: i64):
    if i == 3: fail("bad {names[i - 3]} in {names}")

for i in 0..5:
    check(["a", "b"], i)
`,
    out: "",
    message: "bad a in [a, b]",
    trace: ["check:2:16", "top level:5:5"],
  },
};

describe.each(Object.entries({ ...ways, ...heapWays }))("errors with a heap: %s", (_, options) => {
  it.each(Object.entries(programs))("%s", (_name, { source, out, message, trace }) => {
    const { observed } = observe(source, { ...options, heapBudget: 2 ** 21 });
    expect(observed.out).toBe(out);
    if (typeof message === "string") expect(observed.error?.message).toBe(message);
    else expect(observed.error?.message).toMatch(message);
    expect(observed.error?.trace).toEqual(trace);
  });
});
