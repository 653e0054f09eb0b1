// Statements of generated modules that make objects and use them. Addresses of objects never reach what a module shows,
// since optimisation changes them.
import type { FunctionBuilder, MirType, Opcode, Value } from "../../src/ir/mir/index.ts";
import { objectImmediate } from "../../src/ir/mir/index.ts";
import type { Tape } from "./mir-tape.ts";

/** Layout of the one kind of object: a header, fields, and words that only computed addresses reach. */
export const objectType = 64;
export const objectSize = 64;
export const referenceField = 8;
export const anyField = 16;
const scalarFields: readonly (readonly [type: MirType, offset: number])[] = [
  ["i32", 12],
  ["i64", 24],
  ["f64", 32],
  ["f32", 40],
];
const rawWords = [48, 52, 56] as const;

/** Declarations of the host functions that statements call; see `TestHeap`. */
export const heapDeclarations = [
  { symbol: "collect", signature: { params: [], results: [] }, linkage: "host", collects: true },
  {
    symbol: "touch",
    signature: { params: ["ref"], results: ["ref"] },
    linkage: "host",
    collects: true,
  },
  { symbol: "weigh", signature: { params: ["ref"], results: ["i64"] }, linkage: "host" },
] as const;

export interface HeapScope {
  readonly tape: Tape;
  readonly builder: FunctionBuilder;
  /** A value of a type that may be shown. */
  value(type: MirType): Value;
  /** Adds a value that may be shown. */
  add(value: Value): void;
  /** References to objects, never nil, that dominate the current place. */
  references: References;
}

/** Objects that are used in all ways, and objects of which only fields are used, by the function itself. */
export type ReferenceKind = "shared" | "private";
type References = Readonly<Record<ReferenceKind, Value[]>>;

/** Lists of their own with the same references, and with more of these kinds. */
export function copyReferences(
  { shared, private: own }: References,
  kinds: readonly ReferenceKind[] = [],
  more: readonly Value[] = [],
): References {
  const copy: References = { shared: [...shared], private: [...own] };
  for (const [i, kind] of kinds.entries()) copy[kind].push(...more.slice(i, i + 1));
  return copy;
}

/** A reference of a kind, to a new object if there is none. */
export function someReference(scope: HeapScope, kind: ReferenceKind): Value {
  const { tape, builder } = scope;
  const list = scope.references[kind];
  if (list.length === 0 || tape.chance(kind === "shared" ? 5 : 20)) {
    list.push(builder.value("new", null, [], objectImmediate(objectType, objectSize)));
  }
  return tape.pick(tape.chance(60) ? list.slice(-3) : list);
}

type Statement = (scope: HeapScope) => void;

/** An object that is used in all ways. */
export function someObject(scope: HeapScope): Value {
  return someReference(scope, "shared");
}

/** Any object, for what leaves it private. */
function anyObject(scope: HeapScope): Value {
  return someReference(scope, scope.tape.chance(40) ? "private" : "shared");
}

const makeObject: Statement = ({ builder, references, tape }) => {
  const kind = tape.chance(50) ? "private" : "shared";
  references[kind].push(builder.value("new", null, [], objectImmediate(objectType, objectSize)));
};

/** The reference, or another object if it is nil; the result counts as an object. */
export function keepObject(scope: HeapScope, reference: Value, other: Value): void {
  const { builder } = scope;
  const isNil = builder.value("ref_eq", null, [reference, builder.value("nil", null, [])]);
  scope.references.shared.push(builder.value("select", "ref", [isNil, other, reference]));
}

const loadField: Statement = (scope) => {
  const [type, offset] = scope.tape.pick(scalarFields);
  scope.add(scope.builder.value("load", type, [anyObject(scope)], offset));
};

const storeField: Statement = (scope) => {
  const [type, offset] = scope.tape.pick(scalarFields);
  scope.builder.effect("store", type, [anyObject(scope), scope.value(type)], offset);
};

const storePart: Statement = (scope) => {
  const [op, at] = scope.tape.pick<readonly [Opcode, number]>([
    ["store8", 44],
    ["store16", 46],
    ["store8", 45],
  ]);
  scope.builder.effect(op, null, [anyObject(scope), scope.value("i32")], at);
};

const loadPart: Statement = (scope) => {
  const [op, at] = scope.tape.pick<readonly [Opcode, number]>([
    ["load8_u", 44],
    ["load16_s", 46],
    ["load16_u", 46],
    ["load8_s", 45],
  ]);
  scope.add(scope.builder.value(op, null, [anyObject(scope)], at));
};

const storeReference: Statement = (scope) => {
  const { builder, tape } = scope;
  const stored = tape.chance(20) ? builder.value("nil", null, []) : someObject(scope);
  builder.effect("store", "ref", [anyObject(scope), stored], referenceField);
};

const loadReference: Statement = (scope) => {
  const object = anyObject(scope);
  const found = scope.builder.value("load", "ref", [object], referenceField);
  keepObject(scope, found, someObject(scope));
};

const storeAny: Statement = (scope) => {
  const { builder, tape } = scope;
  let stored: Value;
  if (tape.chance(60)) {
    const address = builder.value("ref_addr", null, [someObject(scope)]);
    stored = builder.value("uextend", null, [address]);
  } else {
    const tag = builder.value("iconst", "i64", [], tape.pick([1n << 32n, 1n << 48n, 5n << 49n]));
    stored = builder.value("bor", "i64", [scope.value("i64"), tag]);
  }
  const value = builder.value("bits_any", null, [stored]);
  builder.effect("store", "any", [anyObject(scope), value], anyField);
};

/** The object in an `any`, or another one if it holds something else. */
const loadAny: Statement = (scope) => {
  const { builder } = scope;
  const other = builder.value("ref_addr", null, [someObject(scope)]);
  const value = builder.value("load", "any", [someObject(scope)], anyField);
  if (scope.tape.chance(40)) collect(scope);
  const bits = builder.value("any_bits", null, [value]);
  const half = builder.value("iconst", "i64", [], 32n);
  const zero = builder.value("iconst", "i64", [], 0n);
  const tag = builder.value("ushr", "i64", [bits, half]);
  const isReference = builder.value("icmp", "i64", [tag, zero], "eq");
  const low = builder.value("ireduce", null, [bits]);
  const address = builder.value("select", "i32", [isReference, low, other]);
  const none = builder.value("iconst", "i32", [], 0n);
  const isSome = builder.value("icmp", "i32", [address, none], "ne");
  const good = builder.value("select", "i32", [isSome, address, other]);
  scope.references.shared.push(builder.value("addr_ref", null, [good]));
};

const compare: Statement = (scope) => {
  const { builder, tape } = scope;
  const right = tape.chance(30) ? builder.value("nil", null, []) : anyObject(scope);
  scope.add(builder.value("ref_eq", null, [anyObject(scope), right]));
};

const choose: Statement = (scope) => {
  const operands = [scope.value("i32"), someObject(scope), someObject(scope)];
  scope.references.shared.push(scope.builder.value("select", "ref", operands));
};

const collect: Statement = ({ builder }) => {
  builder.call("call_host", "collect", heapDeclarations[0].signature, []);
};

const touch: Statement = (scope) => {
  const { builder } = scope;
  const { signature } = heapDeclarations[1];
  scope.references.shared.push(
    ...builder.call("call_host", "touch", signature, [someObject(scope)]),
  );
};

const weigh: Statement = (scope) => {
  const { signature } = heapDeclarations[2];
  const results = scope.builder.call("call_read", "weigh", signature, [someObject(scope)]);
  for (const result of results) scope.add(result);
};

/** A word behind the fields, by an address that may live across a call. */
const computedAddress: Statement = (scope) => {
  const { builder, tape } = scope;
  let address = builder.value("ref_addr", null, [someObject(scope)]);
  if (tape.chance(70)) {
    const mask = builder.value("iconst", "i32", [], 4n);
    const index = builder.value("band", "i32", [scope.value("i32"), mask]);
    address = builder.value("iadd", "i32", [address, index]);
  }
  if (tape.chance(40)) collect(scope);
  const offset = tape.pick(rawWords);
  if (tape.chance(50)) builder.effect("store", "i32", [address, scope.value("i32")], offset);
  else scope.add(builder.value("load", "i32", [address], offset));
};

/** The same field of two private references, which may be to one object. */
const privatePair: Statement = (scope) => {
  const { builder, tape } = scope;
  const [type, offset] = tape.pick(scalarFields);
  const [written, read] = [someReference(scope, "private"), someReference(scope, "private")];
  builder.effect("store", type, [written, scope.value(type)], offset);
  if (tape.chance(30)) builder.effect("store", type, [read, scope.value(type)], offset);
  scope.add(builder.value("load", type, [tape.chance(50) ? written : read], offset));
};

/** An object that only one value shows while the collector runs. */
const shortLived: Statement = (scope) => {
  const { builder, tape } = scope;
  const object = builder.value("new", null, [], objectImmediate(objectType, objectSize));
  builder.effect("store", "i64", [object, scope.value("i64")], 24);
  const address = builder.value("ref_addr", null, [object]);
  const load = (place: Value, offset: number): void =>
    scope.add(builder.value("load", "i64", [place], offset));
  switch (tape.below(5)) {
    case 0:
      for (const same of builder.call("call_host", "touch", heapDeclarations[1].signature, [
        object,
      ]))
        load(same, 24);
      return;
    case 1: {
      const eight = builder.value("iconst", "i32", [], 8n);
      const inside = builder.value("iadd", "i32", [address, eight]);
      builder.effect("store", "i64", [inside, scope.value("i64")], 40);
      collect(scope);
      return load(inside, 40);
    }
    case 2: {
      const wide = builder.value("uextend", null, [address]);
      const value = builder.value("bits_any", null, [wide]);
      collect(scope);
      const bits = builder.value("any_bits", null, [value]);
      const low = builder.value("ireduce", null, [bits]);
      return load(builder.value("addr_ref", null, [low]), 24);
    }
    case 3: {
      const holder = builder.value("new", null, [], objectImmediate(objectType, objectSize));
      builder.effect("store", "ref", [holder, object], referenceField);
      collect(scope);
      return load(builder.value("load", "ref", [holder], referenceField), 24);
    }
    default: {
      const other = builder.value("ref_addr", null, [someObject(scope)]);
      const chosen = builder.value("select", "i32", [scope.value("i32"), address, other]);
      collect(scope);
      return load(builder.value("addr_ref", null, [chosen]), 24);
    }
  }
};

const statements: readonly Statement[] = [
  privatePair,
  privatePair,
  privatePair,
  privatePair,
  shortLived,
  shortLived,
  shortLived,
  makeObject,
  makeObject,
  loadField,
  loadField,
  loadField,
  storeField,
  storeField,
  storeField,
  storePart,
  loadPart,
  storeReference,
  storeReference,
  loadReference,
  storeAny,
  loadAny,
  compare,
  choose,
  collect,
  touch,
  weigh,
  computedAddress,
];

export function heapStatement(scope: HeapScope): void {
  scope.tape.pick(statements)(scope);
}

/** Makes the fields of the latest objects values that are shown. */
export function showObjects(scope: HeapScope): void {
  const { shared, private: own } = scope.references;
  for (const object of [...shared.slice(-2), ...own.slice(-2)]) {
    for (const [type, offset] of scalarFields) {
      scope.add(scope.builder.value("load", type, [object], offset));
    }
  }
}
