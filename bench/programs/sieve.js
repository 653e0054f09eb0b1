// The sieve of Eratosthenes over a typed array of bytes.
const SIZE = Number(process.argv[2] ?? 5000000);
const REPEAT = Number(process.argv[3] ?? 10);

function kernel(limit) {
  const composite = new Uint8Array(limit + 1);
  let count = 0;
  for (let i = 2; i <= limit; i++) {
    if (composite[i] === 0) {
      count++;
      for (let j = i * i; j <= limit; j += i) composite[j] = 1;
    }
  }
  return count;
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = kernel(SIZE);
  const elapsed = performance.now() - start;
  console.log(`${answer}`);
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
