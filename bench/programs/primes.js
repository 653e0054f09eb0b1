// Primes by trial division, then a sum of greatest common divisors: division-bound integer loops.
const SIZE = Number(process.argv[2] ?? 300000);
const REPEAT = Number(process.argv[3] ?? 14);

function isPrime(n) {
  if (n < 2) return false;
  if (n % 2 === 0) return n === 2;
  for (let d = 3; d * d <= n; d += 2) {
    if (n % d === 0) return false;
  }
  return true;
}

function gcd(a, b) {
  let x = a;
  let y = b;
  while (y !== 0) {
    const r = x % y;
    x = y;
    y = r;
  }
  return x;
}

function kernel(size) {
  let primes = 0;
  for (let n = 0; n < size; n++) {
    if (isPrime(n)) primes++;
  }
  let sum = 0;
  for (let n = 1; n < size; n++) sum += gcd(size * 3, n) + gcd(n * 7, size + n);
  return primes * 100000000 + sum;
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = kernel(SIZE);
  const elapsed = performance.now() - start;
  console.log(`${answer}`);
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
