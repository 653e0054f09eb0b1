// Host functions that programs may declare.
import {
  hostFunction,
  hostFunctions,
  isHostSymbol,
  type HostFunction,
} from "../../../runtime/index.ts";
import type { Analysis } from "./context.ts";

/** Functions of the application that a program is part of, by name. */
export type Externs = ReadonlyMap<string, HostFunction>;

/** The function of the host that a program may declare by this name; the low-level dialect may call all of them. */
export function externFunction(
  name: string,
  { lowLevel, externs }: Pick<Analysis, "lowLevel" | "externs">,
): HostFunction | undefined {
  if (!isHostSymbol(name)) return externs.get(name);
  const fn = hostFunction(name);
  return lowLevel || fn.extern === true ? fn : undefined;
}

/** The functions of the host that programs may declare. */
export function externNames({ externs }: Pick<Analysis, "externs">): string[] {
  const own = Object.keys(hostFunctions).filter(
    (name) => isHostSymbol(name) && hostFunction(name).extern === true,
  );
  return [...own, ...externs.keys()];
}
