// Parameters that become constants: a function made for the sizes that it will be called with.
import { entryBlock, noLocation, typeOf, type MirFunction } from "../ir/mir/index.ts";

/**
 * The function with constants in the place of some of its parameters, by their index. It shares its blocks with the one it is made from,
 * which must not be used any more, and its callers must be changed by who calls this. Throws for a parameter that is no integer.
 */
export function bindParameters(
  fn: MirFunction,
  constants: ReadonlyMap<number, bigint>,
): MirFunction {
  const entry = entryBlock(fn);
  const { params } = entry;
  for (const [index, imm] of constants) {
    const param = params[index];
    const type = param === undefined ? undefined : typeOf(fn, param);
    if (param === undefined || (type !== "i32" && type !== "i64")) {
      throw new Error(`parameter ${index} of @${fn.symbol} is no integer`);
    }
    const constant = { op: "iconst", type, args: [], imm, targets: [] } as const;
    entry.insts.unshift({
      ...constant,
      args: [],
      targets: [],
      results: [param],
      location: noLocation,
    });
  }
  const isFree = (_: unknown, index: number): boolean => !constants.has(index);
  entry.params = params.filter(isFree);
  const { signature } = fn;
  return { ...fn, signature: { ...signature, params: signature.params.filter(isFree) } };
}
