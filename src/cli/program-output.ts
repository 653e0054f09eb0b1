// What a device's program prints, on standard output and standard error. Its agent, which also answers editors, writes it, so nothing
// here waits for slow readers: the program does, by `backlog`.

/** Milliseconds that readers get for the rest when the program was stopped. */
const lastWait = 300;

/** See the head of this file. */
export class ProgramOutput {
  /** Settles when nobody reads any more; rejects where the output cannot be written for another reason. */
  readonly broken: Promise<void>;

  constructor() {
    this.broken = new Promise((resolve, reject) => {
      for (const stream of [process.stdout, process.stderr])
        stream.on("error", (error: NodeJS.ErrnoException) => {
          if (error.code === "EPIPE") resolve();
          else reject(error);
        });
    });
    // Who waits for it may have ended by then.
    this.broken.catch(() => {});
  }

  write(stream: "out" | "err", text: string): void {
    process[stream === "out" ? "stdout" : "stderr"].write(text);
  }

  /** Bytes that readers have not taken. */
  get backlog(): number {
    return process.stdout.writableLength + process.stderr.writableLength;
  }

  /** Settles when all is written, or nobody reads any more. */
  async written(): Promise<void> {
    const streams = [process.stdout, process.stderr].filter(({ writable }) => writable);
    const all = streams.map(
      (stream) => new Promise<void>((resolve) => void stream.write("", () => resolve())),
    );
    await Promise.race([Promise.all(all), this.broken]);
  }

  /** The same, but for a short time at most. */
  async writtenSoon(): Promise<void> {
    const late = new Promise<void>((resolve) => {
      setTimeout(resolve, lastWait).unref();
    });
    await Promise.race([this.written(), late]);
  }
}
