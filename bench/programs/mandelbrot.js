// Mandelbrot set on a square grid, f64: the sum of the iteration counts.
const SIZE = Number(process.argv[2] ?? 600);
const REPEAT = Number(process.argv[3] ?? 8);

function escape(cr, ci) {
  let zr = 0;
  let zi = 0;
  let n = 0;
  while (n < 200) {
    const rr = zr * zr;
    const ii = zi * zi;
    if (rr + ii > 4) return n;
    zi = 2 * zr * zi + ci;
    zr = rr - ii + cr;
    n++;
  }
  return n;
}

function mandelbrot(size) {
  let total = 0;
  for (let y = 0; y < size; y++) {
    const ci = (2 * y) / size - 1;
    for (let x = 0; x < size; x++) total += escape((2 * x) / size - 1.5, ci);
  }
  return total;
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = mandelbrot(SIZE);
  const elapsed = performance.now() - start;
  console.log(`${answer}`);
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
