// How a device greets a compile server: what it is, and the mutual proof of the secret.
import type { Body, HostDeclaration, Target } from "../protocol/index.ts";
import { abiFields, currentAbi } from "../runtime/index.ts";
import {
  AnswerError,
  ConnectionError,
  newChallenge,
  proofOf,
  sameProof,
  sha256,
  SignatureCheck,
  type Channel,
  type ProofContext,
} from "../transport/index.ts";

/** A connection whose greeting is done. */
export interface Session {
  readonly channel: Channel;
  /** Null where the server signs nothing. */
  readonly check: SignatureCheck | null;
  /** Number of the last answer. */
  generation: number;
  /** Number of the last request of the server. */
  requests: number;
}

/** What a device says of itself. */
export interface Greeting {
  readonly agent: string;
  /** Random id. */
  readonly device: string;
  readonly sharedMemory: boolean;
  readonly symbols: readonly HostDeclaration[];
  readonly target: Target;
}

const expected = { timeout: 5000 } as const;
const frameLimit = 2 ** 24;

/** Says what is wrong where the other side has answered in this way; else what went wrong. */
function insteadOf(answer: string, message: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ConnectionError) || error.answer !== answer) throw error;
    throw new AnswerError({ code: "secret", message });
  };
}

/** Greets. Rejects with `AnswerError` if one side does not fit the other, or does not have the secret. */
export async function greet(
  channel: Channel,
  greeting: Greeting,
  secret: Uint8Array | null,
): Promise<Session> {
  const { device, symbols } = greeting;
  const challenge = newChallenge();
  const hello: Body<"hello"> = {
    ...greeting,
    abi: { hash: currentAbi(), fields: abiFields() },
    frameLimit,
    symbolDigest: Buffer.from(sha256(Buffer.from(JSON.stringify(symbols)))).toString("hex"),
    symbols: [...symbols],
    challenge,
  };
  channel.allowFrames();
  if (secret === null) {
    const welcome = await channel
      .request("hello", hello, { ...expected, answer: "welcome" })
      .catch(insteadOf("challenge", "the compile server wants a secret, and the device has none"));
    channel.longestSent = welcome.frameLimit;
    return { channel, check: null, generation: 0, requests: 0 };
  }
  const server = await channel
    .request("hello", hello, { ...expected, answer: "challenge" })
    .catch(insteadOf("welcome", "the device wants a secret, and the compile server has none"));
  const context: ProofContext = {
    device,
    deviceChallenge: challenge,
    serverChallenge: server.challenge,
    publicKey: server.publicKey,
  };
  if (!sameProof(server.proof, proofOf(secret, "server", context))) {
    channel.close("the server does not have the secret");
    throw new AnswerError({
      code: "secret",
      message: "the compile server does not have the device's secret",
    });
  }
  const proof = proofOf(secret, "device", context);
  const welcome = await channel.request("proof", { proof }, { ...expected, answer: "welcome" });
  channel.longestSent = welcome.frameLimit;
  return { channel, check: new SignatureCheck(server.publicKey), generation: 0, requests: 0 };
}
