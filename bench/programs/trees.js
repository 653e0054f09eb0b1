// Complete binary trees, made and counted: many small objects that die young.
const SIZE = Number(process.argv[2] ?? 16);
const REPEAT = Number(process.argv[3] ?? 6);

class Node {
  constructor(left, right) {
    this.left = left;
    this.right = right;
  }
}

function make(depth) {
  return depth === 0 ? new Node(null, null) : new Node(make(depth - 1), make(depth - 1));
}

function count(node) {
  return node.left === null ? 1 : 1 + count(node.left) + count(node.right);
}

function kernel(most) {
  let total = count(make(most + 1));
  const long = make(most);
  for (let depth = 4; depth <= most; depth += 4) {
    const turns = 1 << (most - depth + 4);
    for (let i = 0; i < turns; i++) total += count(make(depth));
  }
  return total + count(long);
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = kernel(SIZE);
  const elapsed = performance.now() - start;
  console.log(`${answer}`);
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
