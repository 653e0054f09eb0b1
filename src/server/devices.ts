// The models of the devices that a server knows. One that was forgotten is built again from what the device sends.
import type { ProgramModel } from "./model.ts";

/** Models that are kept; the one that was not used for longest goes. */
const mostModels = 64;

/** Models by the id of their device. */
export class Devices {
  readonly #models = new Map<string, ProgramModel>();

  /** The model of a device; undefined if it has none. */
  find(device: string): ProgramModel | undefined {
    const model = this.#models.get(device);
    if (model !== undefined) this.put(device, model);
    return model;
  }

  put(device: string, model: ProgramModel): void {
    this.#models.delete(device);
    this.#models.set(device, model);
    const [oldest] = this.#models.keys();
    if (this.#models.size > mostModels && oldest !== undefined) this.#models.delete(oldest);
  }

  forget(device: string): void {
    this.#models.delete(device);
  }
}
