// Files that were compiled ahead, as a device takes them: nothing in them is looked at before the signature is.
import { MessageError, unsealAhead, type Target } from "../protocol/index.ts";
import { currentAbi } from "../runtime/index.ts";
import type { TrustedKeys } from "../transport/index.ts";

/** Who has signed a file, and which of the signer's files it is. */
export interface Signed {
  readonly publicKey: Uint8Array;
  /** Larger than those of the files that the key has signed before. */
  readonly issue: number;
}

/** A file that may be taken. */
export interface AheadFile {
  readonly content: Uint8Array;
  readonly target: Target;
  /** Null if nobody has signed it. */
  readonly signed: Signed | null;
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

const again = "compile it again with `anneal compile --aot`";

/** The content of a file, if this device takes it, and what its code is for. Throws `AheadFileError`. */
export function openAheadFile(bytes: Uint8Array, trusted: TrustedKeys): AheadFile {
  return orAgain(() => {
    const sealed = unsealAhead(bytes);
    const problem = trusted.problemWith(sealed);
    if (problem !== null)
      throw new AheadFileError(
        problem,
        "sign it with `anneal compile --aot --sign-key`, and give the device the public key",
      );
    const { abi, target, publicKey, issue = 0 } = sealed.head;
    if (abi !== currentAbi())
      throw new AheadFileError("it was compiled by another version of anneal", again);
    const signed = publicKey === undefined ? null : { publicKey, issue };
    return { content: sealed.content, target, signed };
  });
}

/** What is no file of this kind has to be compiled again. Throws `AheadFileError` for `MessageError`. */
export function orAgain<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof MessageError) throw new AheadFileError(error.message, again);
    throw error;
  }
}
