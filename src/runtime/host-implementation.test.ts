import { describe, expect, it } from "vitest";
import { decodeUtf8 } from "../base/index.ts";
import {
  createHost,
  hostFunctions,
  MemoryViews,
  ProgramError,
  renderTrace,
  type Host,
} from "./index.ts";

function newHost(): { host: Host; output: string[]; put: (text: string) => [number, number] } {
  const memory = new MemoryViews({ buffer: new ArrayBuffer(1024) });
  const output: string[] = [];
  const host = createHost({
    clock: { monotonicNanos: () => 9_007_199_254_740_993_000_000n, unixMicros: () => 5n },
    write: (stream, text) => output.push(`${stream}:${text}`),
    memory,
  });
  let next = 16;
  const put = (text: string): [number, number] => {
    const bytes = new TextEncoder().encode(text);
    memory.u8.set(bytes, next);
    next += bytes.length;
    return [next - bytes.length, bytes.length];
  };
  return { host, output, put };
}

it("has every host function in both worlds", () => {
  const { host } = newHost();
  const symbols = Object.keys(hostFunctions).toSorted();
  expect(Object.keys(host.tierZero).toSorted()).toEqual(symbols);
  expect(Object.keys(host.wasm).toSorted()).toEqual(symbols);
});

describe("text", () => {
  it("from compiled code is put together from pieces", () => {
    const { host, output, put } = newHost();
    const { wasm } = host;
    wasm.rt_text_literal(...put("naïve → 😀 "));
    wasm.rt_text_i64(-1n);
    wasm.rt_text_literal(...put(" "));
    wasm.rt_text_u64(-1n);
    wasm.rt_text_bool(1);
    wasm.rt_text_f32(Math.fround(0.1));
    wasm.rt_text_f64_spec(2.5, ...put("06.2f"));
    wasm.rt_text_u64_spec(-1n, ...put("x"));
    wasm.rt_text_bool_spec(0, ...put("6"));
    wasm.rt_text_print(1);
    wasm.rt_text_print(2);
    expect(output).toEqual([
      "out:naïve → 😀 -1 18446744073709551615true0.1002.50fffffffffffffffffalse \n",
      "err:",
    ]);
  });

  it("becomes the message of a failure and is gone then", () => {
    const { host, output } = newHost();
    host.tierZero.rt_text_bool(true);
    expect(() => host.tierZero.rt_text_fail()).toThrow(new ProgramError("fail", "true"));
    host.tierZero.rt_text_print(0);
    expect(output).toEqual(["out:"]);
  });
});

it("clocks give BigInt to wasm and canonical integers to tier 0", () => {
  const { host } = newHost();
  expect(host.wasm.rt_time_now_nanos()).toBe(9_007_199_254_740_993_000_000n);
  expect(host.tierZero.rt_time_now_micros()).toBe(9_007_199_254_740_993_000n);
  expect(host.tierZero.rt_time_now_unix_micros()).toBe(5);
});

it("traps by number", () => {
  const { host } = newHost();
  expect(() => host.wasm.rt_trap(1)).toThrow("modulo by zero");
});

it("decodes UTF-8 as TextDecoder does where it is well-formed, and replaces the rest", () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  for (const text of ["", "abc", "é", "\u07ff\u0800\uffff", "\u{10000}\u{10ffff}"]) {
    const bytes = encode(text);
    expect(decodeUtf8(bytes, 0, bytes.length)).toBe(text);
  }
  for (const bytes of [
    [0x80],
    [0xc3],
    [0xc0, 0xaf],
    [0xe0, 0x80, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf5, 0x80],
  ]) {
    expect(decodeUtf8(Uint8Array.from(bytes), 0, bytes.length)).toMatch(/^\ufffd+$/);
  }
});

describe("renderTrace", () => {
  const deep = (count: number): ProgramError => {
    const error = new ProgramError("stack_overflow", "stack overflow");
    for (let line = 1; line <= count; line += 1) {
      error.addFrame({ function: "f", file: "a.spl", line, column: 1 });
    }
    return error;
  };

  it("shows a short trace whole", () => {
    expect(renderTrace(deep(2))).toEqual(["at f (a.spl:1:1)", "at f (a.spl:2:1)"]);
    expect(renderTrace(deep(16))).toHaveLength(16);
  });

  it("shows the ends of a long one and how much is between", () => {
    const lines = renderTrace(deep(100_000));
    expect(lines[9]).toBe("at f (a.spl:10:1)");
    expect(lines.slice(10)).toEqual([
      "… 99985 more …",
      "at f (a.spl:99996:1)",
      "at f (a.spl:99997:1)",
      "at f (a.spl:99998:1)",
      "at f (a.spl:99999:1)",
      "at f (a.spl:100000:1)",
    ]);
    expect(deep(100_000).trace).toHaveLength(100);
  });
});
