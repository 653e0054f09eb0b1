export { AnswerError, Channel, ConnectionError } from "./channel.ts";
export { fingerprint, signerWith, TrustedKeys } from "./file-signature.ts";
export { isLoopback, isLoopbackHost, type Link } from "./link.ts";
export {
  leastSecret,
  newChallenge,
  newSigningKey,
  proofOf,
  sameProof,
  sha256,
  SignatureCheck,
  signContent,
  type ProofContext,
  type SignedContent,
  type SigningKey,
} from "./proof.ts";
export {
  WebSocketGate,
  webSocketLink,
  type UpgradeRules,
  type WebSocketLike,
} from "./websocket.ts";
export { connectTcp, type Listener, listenTcp, tcpLink } from "./tcp.ts";
