// A stream of bytes in both directions.

/** One end of a connection. Each `write` is one write of the carrier. */
export interface Link {
  /** Whom it leads to, for messages. */
  readonly peer: string;
  /** Whether the other end is on this machine. */
  readonly loopback: boolean;
  write(bytes: Uint8Array): void;
  /** Ends the connection at once; `onClose` is called. */
  destroy(): void;
  /** Bytes that were written and not taken by the network yet. */
  readonly backlog: number;
  onData: (chunk: Uint8Array) => void;
  /** Called once, with the reason if it was an error. */
  onClose: (error: Error | null) => void;
}

/** Whether an address is one of this machine's loopback interface. */
export function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}

/** Whether a name or address to listen on can be reached from this machine alone. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || isLoopback(host);
}
