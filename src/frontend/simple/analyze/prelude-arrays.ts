// Methods of arrays, in Simple. Those that only walk over their array also work on ranges.
export const arraySource = `
fn extend<T>(xs: [T], others):
    for x in others: xs.push(x)

fn joined<T>(xs: [T], others: [T]) -> [T]:
    var out: [T] = []
    for x in xs: out.push(x)
    for x in others: out.push(x)
    out

fn slice_step<T>(xs: [T], start: i64, end: i64, step: i64) -> [T]:
    var out: [T] = []
    var at = start
    if step > 0:
        while at < end:
            out.push(xs[at])
            at = at + step
    else:
        while at > end:
            out.push(xs[at])
            at = at + step
    out

fn to_array<T>(xs) -> [T]:
    var out: [T] = []
    for x in xs: out.push(x)
    out

fn map(xs, f):
    var out = []
    for x in xs: out.push(f(x))
    out

fn filter<T>(xs, f) -> [T]:
    var out: [T] = []
    for x in xs:
        if f(x): out.push(x)
    out

fn reject<T>(xs, f) -> [T]:
    var out: [T] = []
    for x in xs:
        if not f(x): out.push(x)
    out

fn each(xs, f):
    for x in xs: f(x)

fn reduce(xs, initial, f):
    var result = initial
    for x in xs: result = f(result, x)
    result

fn find<T>(xs, f) -> T?:
    for x in xs:
        if f(x): return x
    nil

fn find_index(xs, f) -> i64:
    var at = 0
    for x in xs:
        if f(x): return at
        at = at + 1
    -1

fn any(xs, f) -> bool:
    for x in xs:
        if f(x): return true
    false

fn all(xs, f) -> bool:
    for x in xs:
        if not f(x): return false
    true

fn none(xs, f) -> bool:
    for x in xs:
        if f(x): return false
    true

fn count(xs, f) -> i64:
    var found = 0
    for x in xs:
        if f(x): found = found + 1
    found

fn count_of<T>(xs, value: T) -> i64:
    var found = 0
    for x in xs:
        if x == value: found = found + 1
    found

fn sum<T>(xs) -> T:
    var total: T = 0
    for x in xs: total = total + x
    total

fn product<T>(xs) -> T:
    var total: T = 1
    for x in xs: total = total * x
    total

fn average(xs) -> f64:
    var total = 0.0
    var items = 0
    for x in xs:
        total = total + x
        items = items + 1
    total / items

fn min<T>(xs) -> T?:
    if xs.is_empty(): return nil
    var least = xs[0]
    for x in xs:
        if x < least: least = x
    least

fn max<T>(xs) -> T?:
    if xs.is_empty(): return nil
    var most = xs[0]
    for x in xs:
        if x > most: most = x
    most

fn min_by<T>(xs: [T], key) -> T?:
    if xs.is_empty(): return nil
    var best = xs[0]
    var least = key(best)
    for x in xs:
        val at = key(x)
        if at < least:
            least = at
            best = x
    best

fn max_by<T>(xs: [T], key) -> T?:
    if xs.is_empty(): return nil
    var best = xs[0]
    var most = key(best)
    for x in xs:
        val at = key(x)
        if at > most:
            most = at
            best = x
    best

fn first<T>(xs: [T]) -> T?:
    if xs.is_empty(): return nil
    xs[0]

fn last<T>(xs: [T]) -> T?:
    if xs.is_empty(): return nil
    xs[-1]

fn get<T>(xs: [T], index: i64) -> T?:
    val at = if index < 0: index + xs.len() else: index
    if at < 0 or at >= xs.len(): return nil
    xs[at]

fn get_or<T>(xs: [T], index: i64, default: T) -> T:
    val at = if index < 0: index + xs.len() else: index
    if at < 0 or at >= xs.len(): default else: xs[at]

fn contains<T>(xs, value: T) -> bool:
    for x in xs:
        if x == value: return true
    false

fn index_of<T>(xs: [T], value: T) -> i64:
    for i in 0..xs.len():
        if xs[i] == value: return i
    -1

fn last_index_of<T>(xs: [T], value: T) -> i64:
    var at = xs.len() - 1
    while at >= 0:
        if xs[at] == value: return at
        at = at - 1
    -1

fn texts(xs) -> [text]:
    var out: [text] = []
    for x in xs: out.push(x.to_text())
    out

fn reversed<T>(xs: [T]) -> [T]:
    var out: [T] = []
    var at = xs.len() - 1
    while at >= 0:
        out.push(xs[at])
        at = at - 1
    out

fn take<T>(xs, count: i64) -> [T]:
    var out: [T] = []
    if count <= 0: return out
    for x in xs:
        out.push(x)
        if out.len() >= count: return out
    out

fn drop<T>(xs, count: i64) -> [T]:
    var out: [T] = []
    var at = 0
    for x in xs:
        if at >= count: out.push(x)
        at = at + 1
    out

fn take_while<T>(xs, f) -> [T]:
    var out: [T] = []
    for x in xs:
        if not f(x): return out
        out.push(x)
    out

fn drop_while<T>(xs, f) -> [T]:
    var out: [T] = []
    var started = false
    for x in xs:
        if not started and not f(x): started = true
        if started: out.push(x)
    out

fn zip(xs, others):
    var out = []
    val most = xs.len().min(others.len())
    var at = 0
    while at < most:
        out.push((xs[at], others[at]))
        at = at + 1
    out

fn enumerate(xs):
    var out = []
    var at = 0
    for x in xs:
        out.push((at, x))
        at = at + 1
    out

fn flatten(xs):
    var out = []
    for inner in xs:
        for x in inner: out.push(x)
    out

fn flat_map(xs, f):
    var out = []
    for x in xs:
        for y in f(x): out.push(y)
    out

fn unique<T>(xs) -> [T]:
    var out: [T] = []
    var seen: {T: bool} = {}
    for x in xs:
        if not seen.contains(x):
            seen[x] = true
            out.push(x)
    out

fn chunk<T>(xs: [T], size: i64) -> [[T]]:
    if size <= 0: fail("chunks of size {size}")
    var out: [[T]] = []
    var at = 0
    while at < xs.len():
        out.push(xs[at:at + size])
        at = at + size
    out

fn windows<T>(xs: [T], size: i64) -> [[T]]:
    if size <= 0: fail("windows of size {size}")
    var out: [[T]] = []
    var at = 0
    while at + size <= xs.len():
        out.push(xs[at:at + size])
        at = at + 1
    out

fn fill<T>(xs: [T], value: T) -> [T]:
    var out: [T] = []
    for x in xs: out.push(value)
    out

fn swap<T>(xs: [T], i: i64, j: i64):
    val x = xs[i]
    xs[i] = xs[j]
    xs[j] = x

fn partition<T>(xs, f):
    var yes: [T] = []
    var no: [T] = []
    for x in xs:
        if f(x): yes.push(x) else: no.push(x)
    (yes, no)

fn group_by<T>(xs, key):
    var groups = {}
    for x in xs:
        val k = key(x)
        if groups.contains(k): groups[k].push(x)
        else:
            val only: [T] = [x]
            groups[k] = only
    groups

fn is_sorted<T>(xs: [T]) -> bool:
    var at = 1
    while at < xs.len():
        if xs[at] < xs[at - 1]: return false
        at = at + 1
    true

fn ascending(a, b) -> bool: a < b

fn descending(a, b) -> bool: a > b

fn sort_with<T>(xs: [T], before) -> [T]:
    var from: [T] = xs.clone()
    var to: [T] = xs.clone()
    val size = from.len()
    var width = 1
    while width < size:
        var start = 0
        while start < size:
            val middle = (start + width).min(size)
            val end = (start + width + width).min(size)
            var left = start
            var right = middle
            var at = start
            while at < end:
                if left < middle and (right >= end or not before(from[right], from[left])):
                    to[at] = from[left]
                    left = left + 1
                else:
                    to[at] = from[right]
                    right = right + 1
                at = at + 1
            start = end
        val spare = from
        from = to
        to = spare
        width = width + width
    from

fn sort_plain<T>(xs: [T]) -> [T]:
    sort_with(xs, \\a, b: a < b)

fn sort_desc<T>(xs: [T]) -> [T]:
    sort_with(xs, \\a, b: a > b)

fn sort_by_key<T>(xs: [T], key) -> [T]:
    sort_with(xs, \\a, b: key(a) < key(b))

fn sort_desc_by_key<T>(xs: [T], key) -> [T]:
    sort_with(xs, \\a, b: key(a) > key(b))

fn sort_by_comparison<T>(xs: [T], compare) -> [T]:
    sort_with(xs, \\a, b: comes_before(compare(a, b)))

fn comes_before(answer) -> bool:
    match answer:
        case true: true
        case false: false
        case order: order < 0
`;
