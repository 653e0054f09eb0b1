// The bundle for native modules, loaded when it is needed; `load.ts` is beside this one when it runs.
import type * as moduleBundle from "./module-bundle.ts";

/** What is in the bundle. */
export function nativeModules(): typeof moduleBundle {
  const { load } = require("./load.cjs") as { readonly load: (name: string) => unknown };
  return load("module") as typeof moduleBundle;
}
