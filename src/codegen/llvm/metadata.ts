// The numbered metadata of a module; equal nodes share a number unless they are distinct.

/** Collects nodes in the order in which they are asked for. */
export class Metadata {
  readonly #nodes: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number of a node, as `!{!1, i64 0}` or `!DILocation(...)`. */
  node(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.distinct(text);
    this.#numbers.set(text, number);
    return number;
  }

  /** The number of a new node, equal to others or not. */
  distinct(text: string): number {
    this.#nodes.push(text);
    return this.#nodes.length - 1;
  }

  get lines(): string[] {
    return this.#nodes.map((text, number) => `!${number} = ${text}`);
  }
}
