// The messages between a device and a compile server: kinds, schemas, encoding (MessagePack).
import { Decoder, Encoder } from "@msgpack/msgpack";
import * as v from "valibot";
import { encodeFrame, type Frame } from "./frames.ts";
import { diagnosticSchema, layoutSchema, pieceSchema } from "./piece.ts";

const name = v.pipe(v.string(), v.maxLength(4096));
const text = v.pipe(v.string(), v.maxLength(2 ** 24));
const index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31));
const milliseconds = v.pipe(v.number(), v.minValue(0), v.maxValue(86_400_000));
const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array);
const token = v.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= 256);

function list<const Schema extends v.GenericSchema>(schema: Schema, most = 100_000) {
  return v.pipe(v.array(schema), v.maxLength(most));
}

const hostType = v.picklist(["i32", "u32", "i64", "u64", "f32", "f64", "bool", "unit"]);

/** A function of the application, with the types that code calls it with. */
export const hostDeclarationSchema = v.strictObject({
  name,
  params: list(hostType, 100),
  result: hostType,
});

/** A module that pieces import, by its path `a/b`; without a text if there is none. */
const fileSchema = v.strictObject({ path: name, text: v.nullable(text) });

const sourceEntries = {
  /** Name of the source in messages and traces. */
  path: name,
  text,
  /** Where its first character stands in that file, from 1. */
  line: index,
  column: index,
  /** Whether it is a program: its `main` is called, and it stays when it fails. */
  program: v.boolean(),
} as const;

const recordSchema = v.strictObject({
  ...sourceEntries,
  /** Whether its variables stayed. */
  whole: v.boolean(),
  numbering: pieceSchema.entries.numbering,
});

/** The server's signature over the rest, where there is a secret, with a number that counts up. */
const signed = { generation: index, signature: v.optional(token) } as const;
const targetSchema = v.strictObject({ triple: name, features: list(name, 1000) });
const duration = v.pipe(v.number(), v.minValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const schemas = {
  /** Device to server, the first message. */
  hello: v.strictObject({
    agent: name,
    device: name,
    target: targetSchema,
    abi: v.strictObject({ hash: name, fields: v.record(name, text) }),
    sharedMemory: v.boolean(),
    /** The longest frame that the device takes, in bytes. */
    frameLimit: index,
    /** Hash of what the program has registered for code to call. */
    symbolDigest: name,
    symbols: list(hostDeclarationSchema, 10_000),
    /** Bytes that the server's proof of the secret is about. */
    challenge: token,
  }),
  /** Server to device: it may go on. */
  welcome: v.strictObject({
    server: name,
    frameLimit: index,
    /** The version of the model that the server has of this device; null if it has none. */
    version: v.nullable(index),
  }),
  /** Server to device, before `welcome`: prove that you know the secret. */
  challenge: v.strictObject({ challenge: token, proof: token, publicKey: token }),
  /** The answer to that. */
  proof: v.strictObject({ proof: token }),
  /** Compile a piece for the program as it is at this version. */
  compile: v.strictObject({
    ...sourceEntries,
    /** Version of the model that the device's program stands at. */
    version: index,
    files: list(fileSchema, 10_000),
    /** After which nobody waits any more. */
    deadline: milliseconds,
    level: v.picklist([0, 1, 2, 3]),
    /** The device will drop the object: nobody needs it kept. */
    rehearsal: v.optional(v.boolean()),
  }),
  /** The answer: an object and how to link it; the signature is about all of it but itself. */
  object: v.strictObject({
    piece: pieceSchema,
    /** Milliseconds: front end, back end. */
    times: v.strictObject({ frontend: milliseconds, backend: milliseconds }),
    cached: v.boolean(),
    generation: index,
    signature: v.optional(token),
  }),
  /** Device to server: what became of the object of the last `compile`. Without it nothing has changed. */
  loaded: v.strictObject({
    version: index,
    outcome: v.picklist(["kept", "partial", "dropped"]),
  }),
  /** Device to server: what the program consists of, for a server that does not know. Answered by `done`. */
  replay: v.strictObject({
    version: index,
    pieces: list(recordSchema, 100_000),
    layouts: list(layoutSchema),
    files: list(fileSchema, 10_000),
    numbering: pieceSchema.entries.numbering,
    /** Slots and the content of the code in them. */
    slots: list(v.tuple([name, name])),
  }),
  /** Back to an earlier version, which gets a new number. Answered by `done`. */
  rollback: v.strictObject({
    version: index,
    /** The version to go back to. */
    to: index,
    /** Slots and the content of the code in them from now on. */
    slots: list(v.tuple([name, name])),
  }),
  done: v.strictObject({ version: index }),
  /** Device to server: slots that are free again. */
  unload: v.strictObject({ version: index, keys: list(name) }),
  /** Server to device: call a function. Answered by `result`. */
  call: v.strictObject({
    function: name,
    /** Numbers and bools as the language writes them. */
    arguments: list(name, 100),
    ...signed,
  }),
  /** What the function gave, as messages show it; null for nothing. With what it printed. */
  result: v.strictObject({ value: v.nullable(text), output: text }),
  /** Server to device: count the calls of functions, from now on or no more. Answered by `profiled`. */
  profile: v.strictObject({ action: v.picklist(["start", "stop", "read"]), ...signed }),
  /** Milliseconds since the beginning, and of each function that was called: in it and in what it calls, and in itself. */
  profiled: v.strictObject({
    time: duration,
    functions: list(
      v.strictObject({ name, tier: name, calls: count, total: duration, self: duration }),
    ),
  }),
  /** What is known of the program: names that begin so, the type of an expression, what a name is. */
  query: v.strictObject({
    version: index,
    what: v.picklist(["names", "type", "symbol"]),
    text,
  }),
  answer: v.strictObject({
    names: list(
      v.strictObject({
        name,
        kind: v.picklist(["function", "variable", "class"]),
        signature: v.optional(text),
        parameters: v.optional(list(name)),
        documentation: v.optional(text),
        path: v.optional(name),
        line: v.optional(index),
        column: v.optional(index),
      }),
    ),
    type: v.nullable(text),
  }),
  /** The answer to a request that was not done. */
  error: v.strictObject({
    code: v.picklist([
      "source",
      "version",
      "files",
      "abi",
      "target",
      "secret",
      "deadline",
      "limit",
      "request",
      "internal",
      "stopping",
      "program",
    ]),
    message: text,
    diagnostics: v.optional(list(diagnosticSchema)),
    /** `files`: the paths that are missing. `abi`: the fields that differ. */
    details: v.optional(list(text)),
  }),
  ping: v.strictObject({}),
  pong: v.strictObject({}),
  /** Device to server: what every program on its machine needs of native code. */
  runtime: v.strictObject({}),
  /** The answer: two ELF objects; the signature as in `object`. */
  "runtime-objects": v.strictObject({
    runtime: bytes,
    library: bytes,
    generation: index,
    signature: v.optional(token),
  }),
  /** At the head of a file that was compiled ahead; never on the wire. */
  ahead: v.strictObject({
    /** Hash of the ABI that its code is made for. */
    abi: name,
    target: targetSchema,
    /** Grows with each file that a key signs; of those for one program, that with the largest is the newest. */
    issue: v.optional(count),
    /** Who has signed it, with the signature over this message without it and all that follows. */
    publicKey: v.optional(token),
    signature: v.optional(token),
  }),
} as const;

/** What a message is, by name. */
export type MessageKind = keyof typeof schemas;
/** The body of each kind of message. */
export type Body<Kind extends MessageKind> = v.InferOutput<(typeof schemas)[Kind]>;
/** A message with its body. */
export type Message = {
  [Kind in MessageKind]: { readonly kind: Kind; readonly id: number; readonly body: Body<Kind> };
}[MessageKind];
/** A piece of source, and where it comes from. */
export type PieceSource = Pick<PieceRecord, keyof typeof sourceEntries>;
/** What the device keeps of a piece, to tell a server that does not know it. */
export type PieceRecord = v.InferOutput<typeof recordSchema>;
/** A module that pieces import. */
export type SourceText = v.InferOutput<typeof fileSchema>;
/** A function that the program has registered for code to call. */
export type HostDeclaration = Body<"hello">["symbols"][number];

/** Numbers of the kinds on the wire: never reused. */
export const kindNumbers: Readonly<Record<MessageKind, number>> = {
  hello: 1,
  welcome: 2,
  challenge: 3,
  proof: 4,
  compile: 5,
  object: 6,
  loaded: 7,
  replay: 8,
  done: 9,
  rollback: 10,
  unload: 11,
  profile: 12,
  query: 13,
  answer: 14,
  error: 15,
  ping: 16,
  pong: 17,
  runtime: 18,
  "runtime-objects": 19,
  call: 20,
  result: 21,
  profiled: 22,
  ahead: 32,
};

const kindsByNumber = new Map(
  Object.entries(kindNumbers).map(([kind, number]) => [number, kind as MessageKind]),
);

/** Why a frame is not a message. */
export class MessageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MessageError";
  }
}

const deepest = 32;
const mostEntries = 200_000;

/** Decodes what others have sent, within limits. */
export const decoder = new Decoder({
  useBigInt64: false,
  maxStrLength: 2 ** 24,
  maxBinLength: 2 ** 26,
  maxArrayLength: mostEntries,
  maxMapLength: mostEntries,
  maxExtLength: 0,
});

const encoder = new Encoder({ ignoreUndefined: true, maxDepth: deepest });
/** Encodes equal values as equal bytes. */
export const canonicalEncoder = new Encoder({
  ignoreUndefined: true,
  maxDepth: deepest,
  sortKeys: true,
});

/** The bytes of a message, a frame with its length. */
export function encodeMessage<Kind extends MessageKind>(
  kind: Kind,
  id: number,
  body: Body<Kind>,
): Uint8Array {
  return encodeFrame({ kind: kindNumbers[kind], id, body: encoder.encodeSharedRef(body) });
}

/** The bytes that a hash of a body is made of: the same for equal bodies. */
export function canonicalBytes<Kind extends MessageKind>(
  _kind: Kind,
  body: Body<Kind>,
): Uint8Array {
  return canonicalEncoder.encode(body);
}

/** The message in a frame, checked against its schema. Throws `MessageError`. */
export function decodeMessage({ kind: number, id, body }: Frame): Message {
  const kind = kindsByNumber.get(number);
  if (kind === undefined) throw new MessageError(`there is no message of kind ${number}`);
  let value: unknown;
  try {
    value = decoder.decode(body);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MessageError(`\`${kind}\` is not well-formed: ${reason}`);
  }
  const result = v.safeParse(schemas[kind], value, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const place = v.getDotPath(issue) ?? "the body";
    throw new MessageError(`\`${kind}\`: ${place}: ${issue.message.slice(0, 200)}`);
  }
  return { kind, id, body: result.output } as Message;
}
