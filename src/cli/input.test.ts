import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiagnosticError, renderDiagnostic } from "../base/index.ts";
import { decodeSource } from "./input.ts";

function refusal(bytes: Uint8Array): string {
  try {
    decodeSource("a.spl", bytes);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return error.diagnostics.map(renderDiagnostic).join("\n");
  }
  return "";
}

/** The offset that the message names, or -1. */
function badOffset(bytes: Uint8Array): number {
  return Number(/at offset (\d+)/.exec(refusal(bytes))?.[1] ?? -1);
}

describe("decodeSource", () => {
  it("decodes UTF-8 and drops a byte order mark", () => {
    const text = "print “é𝄞”\r\n";
    expect(decodeSource("a.spl", Buffer.from(text)).text).toBe(text);
    expect(decodeSource("a.spl", Buffer.from(`\ufeff${text}`)).text).toBe(text);
  });

  it.each([
    ["a lone continuation byte", [0x61, 0x80], 1],
    ["an overlong form", [0xc0, 0xaf], 0],
    ["an overlong form of three bytes", [0xe0, 0x80, 0xaf], 0],
    ["a surrogate", [0x61, 0x62, 0xed, 0xa0, 0x80], 2],
    ["beyond Unicode", [0xf4, 0x90, 0x80, 0x80], 0],
    ["a cut sequence", [0x61, 0xe2, 0x82], 1],
    ["a cut sequence before text", [0xc3, 0x61], 0],
  ])("refuses %s at its first byte", (_name, bytes, offset) => {
    expect(badOffset(Uint8Array.from(bytes))).toBe(offset);
  });

  it("counts lines and columns of the text before the bad byte", () => {
    const bytes = Buffer.concat([
      Buffer.from("é\r\nab\r\n€x"),
      Buffer.from([0xff]),
      Buffer.from("y"),
    ]);
    expect(refusal(bytes)).toContain("a.spl:3:3: error: not valid UTF-8: byte 0xff at offset 12");
    expect(refusal(bytes)).toContain("3 | €x\ufffdy");
  });

  it("shows no control characters of a binary file", () => {
    const text = refusal(Uint8Array.from([0x1b, 0x5b, 0x32, 0x4a, 0x0d, 0x07, 0x00, 0x0a]));
    expect(text).toContain("NUL byte at offset 6");
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it("agrees with the platform's decoder on what is valid, and with the longest valid prefix", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const isValid = (bytes: Uint8Array): boolean => {
      try {
        decoder.decode(bytes);
        return true;
      } catch {
        return false;
      }
    };
    const byte = fc.oneof(
      fc.integer({ min: 1, max: 0x7f }),
      fc.constantFrom(0x80, 0xbf, 0xc3, 0xe0, 0xed, 0xf0, 0xf4, 0xa0, 0x9f, 0x90, 0x8f),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (values) => {
        const bytes = Uint8Array.from([0x20, ...values]);
        const offset = badOffset(bytes);
        expect(offset === -1).toBe(isValid(bytes));
        if (offset >= 0) expect(isValid(bytes.subarray(0, offset))).toBe(true);
      }),
    );
  });
});
