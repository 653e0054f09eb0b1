// Doubly recursive Fibonacci: the cost of a call.
const SIZE = Number(process.argv[2] ?? 38);
const REPEAT = Number(process.argv[3] ?? 6);

function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = fib(SIZE);
  const elapsed = performance.now() - start;
  console.log(`${answer}`);
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
