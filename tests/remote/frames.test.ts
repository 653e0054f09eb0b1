import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeMessage,
  encodeFrame,
  encodeMessage,
  FrameError,
  FrameReader,
  MessageError,
  type Frame,
} from "../../src/protocol/index.ts";

const runs = Number(process.env["ANNEAL_FRAME_RUNS"] ?? 20_000);

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function readAll(chunks: Iterable<Uint8Array>, limit: number): Frame[] {
  const reader = new FrameReader(limit);
  return [...chunks].flatMap((chunk) => [...reader.push(chunk)]);
}

function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [
    0,
    ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

const frame = fc.record({
  kind: fc.nat(255),
  id: fc.nat(0xffff_ffff),
  body: fc.uint8Array({ maxLength: 100 }),
});

describe("frames", () => {
  it("come out as they went in, however the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(2000)), (frames, cuts) => {
        const bytes = concat(frames.map(encodeFrame));
        const read = readAll(cutAt(bytes, cuts), 1000);
        expect(read.map(({ body, ...rest }) => ({ ...rest, body: [...body] }))).toEqual(
          frames.map(({ body, ...rest }) => ({ ...rest, body: [...body] })),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("refuse what is too long at once, another version, and a length that cannot be", () => {
    const head = (length: number, version: number): Uint8Array =>
      Uint8Array.of(length & 255, (length >> 8) & 255, (length >> 16) & 255, 0, version);
    expect(() => readAll([head(2000, 1)], 1000)).toThrow(
      "a frame of 2000 bytes, the limit is 1000",
    );
    expect(() => readAll([head(20, 2)], 1000)).toThrow("protocol version 2, expected 1");
    expect(() => readAll([head(3, 1)], 1000)).toThrow("less than its head");
  });
});

/** Messages of many kinds, to be changed. */
const corpus = [
  encodeMessage("ping", 1, {}),
  encodeMessage("loaded", 0, { version: 3, outcome: "kept" }),
  encodeMessage("compile", 2, {
    path: "a.spl",
    text: "fn f(n: i64) -> i64: n",
    line: 1,
    column: 1,
    program: false,
    version: 7,
    files: [{ path: "a/b", text: null }],
    deadline: 1000,
    level: 1,
  }),
  encodeMessage("error", 9, {
    code: "source",
    message: "no",
    diagnostics: [{ severity: "error", code: "a/b", message: "m", line: 1, rendered: "r" }],
  }),
  encodeMessage("call", 5, {
    function: "add",
    arguments: ["1", "-2.5", "true"],
    generation: 7,
    signature: new Uint8Array(64),
  }),
  encodeMessage("result", 5, { value: "3", output: "" }),
  encodeMessage("profile", 6, { action: "start", generation: 8 }),
  encodeMessage("profiled", 6, {
    time: 12.5,
    functions: [{ name: "add", tier: "wasm O1", calls: 3, total: 0.25, self: 0.25 }],
  }),
  encodeMessage("replay", 4, {
    version: 2,
    pieces: [],
    layouts: [
      {
        id: 64,
        kind: "object",
        name: "P",
        fields: [{ name: "x", type: "i64", offset: 8 }],
        size: 16,
        equality: "fields",
      },
    ],
    files: [],
    numbering: { count: 1, generation: 0, generations: 0 },
    slots: [["f", "c"]],
  }),
];

function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  for (let left = 1 + Math.floor(random() * 4); left > 0; left -= 1)
    changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256);
  const cut = random() < 0.2 ? Math.floor(random() * changed.length) : changed.length;
  return changed.subarray(0, cut);
}

/** A small generator, so that a failure can be had again. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("messages", () => {
  it("come out as they went in", () => {
    for (const bytes of corpus) {
      const [read] = readAll([bytes], 1 << 20);
      if (read === undefined) throw new Error("no frame");
      const { kind, id, body } = decodeMessage(read);
      expect(encodeMessage(kind, id, body)).toEqual(bytes);
    }
  });

  it("are refused with their place if they do not fit", () => {
    const [bytes] = readAll([encodeMessage("loaded", 0, { version: 3, outcome: "kept" })], 1000);
    if (bytes === undefined) throw new Error("no frame");
    const body = Uint8Array.from(bytes.body);
    body[body.indexOf(3)] = 0xff;
    expect(() => decodeMessage({ ...bytes, body })).toThrow("`loaded`: version");
    expect(() => decodeMessage({ ...bytes, kind: 99 })).toThrow("no message of kind 99");
  });

  it(`survive ${runs} changed inputs`, () => {
    const random = generator(1);
    let accepted = 0;
    for (let run = 0; run < runs; run += 1) {
      const bytes = mutate(corpus[run % corpus.length] ?? new Uint8Array(0), random);
      try {
        for (const read of readAll([bytes], 1 << 20)) {
          decodeMessage(read);
          accepted += 1;
        }
      } catch (error) {
        if (!(error instanceof FrameError) && !(error instanceof MessageError)) throw error;
      }
    }
    // Some changes do not matter: otherwise nothing behind the head was looked at.
    expect(accepted).toBeGreaterThan(runs / 100);
  });
});
