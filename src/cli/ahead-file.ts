// Files that were compiled ahead, as a device takes them: nothing in them is looked at before the signature is.
import { MessageError, unsealAhead, type Target } from "../protocol/index.ts";
import { currentAbi } from "../runtime/index.ts";
import type { TrustedKeys } from "../transport/index.ts";

/** A file that may be taken. */
export interface AheadFile {
  readonly content: Uint8Array;
  readonly target: Target;
}

/** Why a file is not taken; `help` says what to do. */
export class AheadFileError extends Error {
  readonly help: string;

  constructor(message: string, help: string) {
    super(message);
    this.name = "AheadFileError";
    this.help = help;
  }
}

/** The content of a file, if this device takes it, and what its code is for. Throws `AheadFileError`. */
export function openAheadFile(bytes: Uint8Array, trusted: TrustedKeys): AheadFile {
  const again = "compile it again with `anneal compile --aot`";
  try {
    const sealed = unsealAhead(bytes);
    const problem = trusted.problemWith(sealed);
    if (problem !== null)
      throw new AheadFileError(
        problem,
        "sign it with `anneal compile --aot --sign-key`, and give the device the public key",
      );
    if (sealed.head.abi !== currentAbi())
      throw new AheadFileError("it was compiled by another version of anneal", again);
    return { content: sealed.content, target: sealed.head.target };
  } catch (error) {
    if (error instanceof MessageError) throw new AheadFileError(error.message, again);
    throw error;
  }
}
