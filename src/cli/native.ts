// The native backend as the engine asks for it.
import type { NativeBackend } from "../engine/index.ts";
import { openNative } from "../native/index.ts";
import { UsageError } from "./usage.ts";

/** Opens the backend `llvm` of this thread at the first call. Throws `UsageError` if there is none. */
export function nativeOpener(root: string): () => NativeBackend {
  let opened: NativeBackend | undefined;
  return () => {
    if (opened !== undefined) return opened;
    const search = openNative(root);
    if (search.kind === "found") return (opened = search.backend);
    throw new UsageError(`the back end \`llvm\` is not available: ${search.reason}`, search.help);
  };
}
