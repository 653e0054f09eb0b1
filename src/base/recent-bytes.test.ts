import { expect, test } from "vitest";
import { RecentBytes } from "./recent-bytes.ts";

test("bytes stay within their bound; what was asked for lately stays the longest", () => {
  const kept = new RecentBytes(12);
  kept.set("a", new Uint8Array(3));
  kept.set("b", new Uint8Array(3));
  kept.set("c", new Uint8Array(3));
  expect(kept.get("a")).toHaveLength(3);
  kept.set("d", new Uint8Array(3));
  expect(["a", "b", "c", "d"].map((key) => kept.get(key)?.length)).toEqual([3, undefined, 3, 3]);
  // Other bytes of a key take the place of those before, with their size.
  kept.set("a", new Uint8Array(0));
  kept.set("e", new Uint8Array(2));
  expect(["a", "c", "d", "e"].map((key) => kept.get(key)?.length)).toEqual([0, 3, 3, 2]);
  // What is larger than the bound is not kept.
  kept.set("f", new Uint8Array(12));
  expect(kept.get("f")).toBeUndefined();
});
