// Similar names for messages about names that are not defined.

/** The names that resemble a name, the most similar first. */
export function nearestNames(name: string, known: Iterable<string>, count: number): string[] {
  const limit = Math.max(2, Math.floor(name.length / 3));
  const ranked: { name: string; distance: number }[] = [];
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const distance = editDistance(name, candidate);
    // Short names that share no letter do not resemble each other.
    const isOther = distance >= Math.max(name.length, candidate.length);
    if (distance <= limit && !isOther) ranked.push({ name: candidate, distance });
  }
  ranked.sort((left, right) => left.distance - right.distance);
  return ranked.slice(0, count).map((entry) => entry.name);
}

/** Longer names are cut, so that a hostile object cannot make the search slow. */
const longestCompared = 100;

/** Least number of insertions, removals and replacements between two texts. */
function editDistance(left: string, right: string): number {
  const a = left.slice(0, longestCompared);
  const b = right.slice(0, longestCompared);
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let k = 1; k <= b.length; k += 1) {
      const replaced = (row[k - 1] ?? 0) + (a[i - 1] === b[k - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[k] ?? 0) + 1, (next[k - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
