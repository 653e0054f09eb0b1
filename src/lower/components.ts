// Strongly connected components of a graph of numbered nodes.

/** The components, each after all that it has edges to (callees before their callers); Tarjan, with an explicit stack. */
export function componentsOf(edges: readonly (readonly number[])[]): number[][] {
  const search = new Search(edges);
  edges.forEach((_, root) => search.from(root));
  return search.components;
}

class Search {
  readonly components: number[][] = [];
  readonly #edges: readonly (readonly number[])[];
  readonly #index: Int32Array;
  readonly #low: Int32Array;
  readonly #onStack: Uint8Array;
  readonly #stack: number[] = [];
  #next = 0;

  constructor(edges: readonly (readonly number[])[]) {
    this.#edges = edges;
    this.#index = new Int32Array(edges.length).fill(-1);
    this.#low = new Int32Array(edges.length);
    this.#onStack = new Uint8Array(edges.length);
  }

  from(root: number): void {
    if (this.#index[root] !== -1) return;
    const work = [{ node: root, edge: 0 }];
    for (let top = work.at(-1); top !== undefined; top = work.at(-1)) {
      const { node } = top;
      if (top.edge === 0) this.#enter(node);
      const target = this.#edges[node]?.[top.edge];
      if (target !== undefined) {
        top.edge += 1;
        if (this.#index[target] === -1) work.push({ node: target, edge: 0 });
        else if (this.#onStack[target] === 1) this.#lower(node, this.#index[target] ?? 0);
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent !== undefined) this.#lower(parent.node, this.#low[node] ?? 0);
      if (this.#low[node] === this.#index[node]) this.#close(node);
    }
  }

  #enter(node: number): void {
    this.#index[node] = this.#low[node] = this.#next;
    this.#next += 1;
    this.#stack.push(node);
    this.#onStack[node] = 1;
  }

  #lower(node: number, to: number): void {
    this.#low[node] = Math.min(this.#low[node] ?? 0, to);
  }

  /** The node is the first of its component; the others are above it on the stack. */
  #close(node: number): void {
    const members = this.#stack.splice(this.#stack.lastIndexOf(node));
    for (const member of members) this.#onStack[member] = 0;
    this.components.push(members);
  }
}
