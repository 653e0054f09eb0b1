// Small functions that call each other: Takeuchi, Ackermann and a mutually recursive parity.
const SIZE = Number(process.argv[2] ?? 100);
const REPEAT = Number(process.argv[3] ?? 10);

function tak(x, y, z) {
  if (y >= x) return z;
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

function ackermann(m, n) {
  if (m === 0) return n + 1;
  if (n === 0) return ackermann(m - 1, 1);
  return ackermann(m - 1, ackermann(m, n - 1));
}

function isEven(n) {
  return n === 0 ? true : isOdd(n - 1);
}

function isOdd(n) {
  return n === 0 ? false : isEven(n - 1);
}

function kernel(size) {
  let sum = 0;
  for (let round = 0; round < size; round++) {
    sum += tak(18 + (round % 2), 12, 6) + ackermann(2, 80 + (round % 8));
    for (let n = 0; n < 100; n++) {
      if (isEven(n + round)) sum++;
    }
  }
  return sum;
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = kernel(SIZE);
  const elapsed = performance.now() - start;
  console.log(`${answer}`);
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
