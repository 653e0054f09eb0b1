// Which native code has frames on the stack. Native code is left for JavaScript by way of one stub alone, so its frames are
// the chains of frame pointers that begin in the stubs under way; each ends in an entry, which something else has called.
import { frameHeadSize } from "../../runtime/index.ts";
import type { NativeHost } from "../../loader/native/index.ts";

/** Of a deeper stack nobody knows what runs. */
const mostFrames = 512;
const addressSize = 8;

/** The stubs under way, the innermost last. */
export class NativeFrames {
  readonly #host: NativeHost;
  readonly #stubs: number[] = [];

  constructor(host: NativeHost) {
    this.#host = host;
  }

  /** How many there are. */
  get depth(): number {
    return this.#stubs.length;
  }

  /** Native code was left up to where there were so many. */
  leaveTo(depth: number): void {
    this.#stubs.length = depth;
  }

  /** JavaScript was called by the stub whose frame's head stands there. */
  enter(frame: number): void {
    this.#stubs.push(frame);
  }

  /** It goes back there. */
  leave(): void {
    this.#stubs.pop();
  }

  /** The return addresses of all frames whose code `isOurs`; null if there are too many. */
  returnAddresses(isOurs: (address: number) => boolean): number[] | null {
    const found: number[] = [];
    for (const stub of this.#stubs) {
      for (let frame = stub; ;) {
        const head = this.#host.view(frame, frameHeadSize);
        const view = new DataView(head.buffer, head.byteOffset, frameHeadSize);
        const address = Number(view.getBigUint64(addressSize, true));
        if (!isOurs(address)) break;
        if (found.length === mostFrames) return null;
        found.push(address);
        frame = Number(view.getBigUint64(0, true));
      }
    }
    return found;
  }
}
