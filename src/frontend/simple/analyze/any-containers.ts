// Arrays and dictionaries whose types are known at run time only, as values of types that have methods.
import type { Span } from "../../../base/index.ts";
import type { Expr, ValueType } from "../../../ir/hir/index.ts";
import {
  arrayTypeId,
  dictLayout,
  scalarTypes,
  storageCode,
  typeIds as libraryIds,
} from "../../../runtime/index.ts";
import { kinds } from "./any-casts.ts";
import { unboxed } from "./boxes.ts";
import type { Context } from "./context.ts";
import { loadNode } from "./heap-nodes.ts";
import { callPreludeFunction } from "./prelude-calls.ts";
import {
  anyObject,
  anyType,
  arrayOf,
  dictOf,
  representation,
  textType,
  type DictType,
  type SimpleType,
} from "./simple-type.ts";
import { isOneOf } from "./type-ids.ts";
import type { Typed } from "./value.ts";

/** A way to look at a container. */
export interface ContainerView {
  /** Whether the value, of this kind and type id, can be looked at like this. */
  test(site: { readonly self: Typed; readonly kind: Expr; readonly id: Expr }, span: Span): Expr;
  view(cx: Context, self: Typed, span: Span): Typed | null;
}

/** Methods that change their container: they need the container itself, all others can have a copy. */
const changing: ReadonlySet<string> = new Set([
  "append",
  "clear",
  "extend",
  "fill",
  "insert",
  "pop",
  "push",
  "remove",
  "update",
]);

/** How values of dictionaries are kept that can be looked at. */
const entryValues: readonly SimpleType[] = ["bool", "i64", "f64"];
const keys: readonly (readonly [number, SimpleType])[] = [
  [libraryIds.dict_i64, "i64"],
  [libraryIds.dict_text, textType],
  [libraryIds.dict_any, anyType],
];

/** The views that a method of this name works on, the direct ones first. */
export function anyContainers(name: string): readonly ContainerView[] {
  const direct = arrayView(arrayOf(anyType), "any");
  const dict = keys.map(([id, key]) => dictView(id, dictOf(key, anyType)));
  if (!changing.has(name)) return [direct, copiedArray, ...dict, ...allDicts().map(copiedDict)];
  return [
    direct,
    arrayView(arrayOf(anyObject), "ref"),
    ...scalarTypes.map((element) => arrayView(arrayOf(element), element)),
    ...dict,
    ...allDicts().map(({ id, type }) => dictView(id, type)),
  ];
}

interface KnownDict {
  readonly id: number;
  readonly type: DictType;
}

function allDicts(): KnownDict[] {
  return keys.flatMap(([id, key]) =>
    [...entryValues, anyObject].map((value) => ({ id, type: dictOf(key, value) })),
  );
}

function arrayView(type: SimpleType, element: ValueType): ContainerView {
  return {
    test: ({ id }, span) => isOneOf(id, [arrayTypeId(element)], span),
    view: (_cx, self) => unboxed(self, type),
  };
}

const copiedArray: ContainerView = {
  test: ({ kind }, span) => isOneOf(kind, [kinds.array], span),
  view: (cx, self, span) => {
    const copy = callPreludeFunction(cx, "any.to_array", [self], { span });
    return copy.kind === "typed" ? copy : null;
  },
};

function dictView(id: number, type: DictType): ContainerView {
  return {
    test: (site, span) => isDict(site, { id, type }, span),
    view: (_cx, self) => unboxed(self, type),
  };
}

function copiedDict({ id, type }: KnownDict): ContainerView {
  return {
    test: (site, span) => isDict(site, { id, type }, span),
    view: (cx, self, span) => {
      const fn = cx.analysis.prelude("any.to_dict");
      const typeArgs = new Map<string, SimpleType>([
        ["K", type.key],
        ["V", type.value],
      ]);
      const dict = unboxed(self, type);
      const copy = cx.lower.callFunction(cx, { ...fn, typeArgs }, [dict], span);
      return copy.kind === "typed" ? copy : null;
    },
  };
}

/** Whether it is a dictionary with such keys whose values are kept like this. */
function isDict(
  { self, id }: { readonly self: Typed; readonly id: Expr },
  dict: KnownDict,
  span: Span,
): Expr {
  const held = representation(dict.type.value);
  const object: Expr = { kind: "unbox", type: "ref", operand: self.expr, span };
  const code = loadNode("u32", object, dictLayout.valueType, span);
  return {
    kind: "logic",
    type: "bool",
    op: "and",
    left: isOneOf(id, [dict.id], span),
    right: isOneOf(code, [storageCode(held)], span),
    span,
  };
}
