// Whether work gives its memory back, though other tests run in the same process.

/**
 * The least growth of the process's resident memory, in bytes, over several rounds of the same work. What the work keeps
 * grows in each round; what other threads allocate meanwhile does not.
 */
export function leastGrowth(rounds: number, work: () => void): number {
  let least = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const before = process.memoryUsage.rss();
    work();
    least = Math.min(least, process.memoryUsage.rss() - before);
  }
  return least;
}
