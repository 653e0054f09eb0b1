// Which types generated values have.
import type { HeapContext } from "./heap-context.ts";
import {
  anyValueType,
  arrayOf,
  dictOf,
  functionOf,
  i64Type,
  optionOf,
  resultOf,
  scalarType,
  textType,
  tupleOf,
  type HeapType,
} from "./heap-types.ts";
import { anyType } from "./simple-expressions.ts";

type Kind = "text" | "array" | "dict" | "tuple" | "option" | "nominal" | OpenKind;
/** Values of these kinds may hold anything, so a field of them could make a cycle. */
type OpenKind = "result" | "function" | "trait" | "any" | "anys";

const fieldWeights: Readonly<Record<Kind, number>> = {
  text: 6, array: 8, dict: 4, tuple: 3, option: 4, nominal: 9, result: 0, function: 0, trait: 0, any: 0, anys: 0,
}; // prettier-ignore
const weights: Readonly<Record<Kind, number>> = {
  ...fieldWeights, result: 2, function: 3, trait: 2, any: 1, anys: 2,
}; // prettier-ignore

type Chooser = (context: HeapContext, part: () => HeapType) => HeapType;

const choosers: Readonly<Record<Kind, Chooser>> = {
  text: () => textType,
  array: ({ random, nominal }, part) => {
    if (nominal.length > 0 && random.chance(30)) return arrayOf(random.pick(nominal));
    return arrayOf(random.chance(10) ? tupleOf([i64Type, textType]) : part());
  },
  dict: ({ random }, part) => dictOf(random.pick([i64Type, textType, textType]), part()),
  tuple: ({ random }, part) => tupleOf(Array.from({ length: random.between(2, 3) }, part)),
  option: (_, part) => {
    const of = part();
    // `fn() -> T?` is a function that gives an optional, and an optional of one of these is flat.
    return ["option", "any", "function"].includes(of.kind) ? optionOf(textType) : optionOf(of);
  },
  result: (_, part) => resultOf(part()),
  nominal: ({ random, nominal }) => (nominal.length === 0 ? textType : random.pick(nominal)),
  function: ({ random }, part) =>
    functionOf(Array.from({ length: random.between(0, 2) }, part), part()),
  trait: traitType,
  any: () => anyValueType,
  anys: (context) => arrayOf(context.random.chance(60) ? anyValueType : traitType(context)),
};

/** A type of something on the heap; `depth` bounds its nesting. Fields never have types that could make a cycle. */
export function anyHeapType(context: HeapContext, depth: number, forField = false): HeapType {
  const { random } = context;
  if (depth <= 0) return random.chance(60) ? textType : memberType(context, 0, forField);
  const kind = random.weighted(forField ? fieldWeights : weights);
  return choosers[kind](context, () => memberType(context, depth - 1, forField));
}

function traitType(context: HeapContext): HeapType {
  return context.traits.length === 0 ? textType : context.random.pick(context.traits);
}

/** The type of an element or field: a number half of the time. */
export function memberType(context: HeapContext, depth: number, forField: boolean): HeapType {
  const { random } = context;
  if (random.chance(45)) return scalarType(anyType(context));
  if (depth <= 0) return textType;
  return anyHeapType(context, depth, forField);
}
