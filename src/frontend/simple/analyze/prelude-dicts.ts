// Methods of dictionaries, in Simple.
export const dictSource = `
fn keys<K, V>(d: {K: V}) -> [K]:
    var out: [K] = []
    for k, v in d: out.push(k)
    out

fn values<K, V>(d: {K: V}) -> [V]:
    var out: [V] = []
    for k, v in d: out.push(v)
    out

fn items<K, V>(d: {K: V}) -> [(K, V)]:
    var out: [(K, V)] = []
    for k, v in d: out.push((k, v))
    out

fn merge<K, V>(d: {K: V}, other: {K: V}) -> {K: V}:
    var out = d.clone()
    for k, v in other: out[k] = v
    out

fn update<K, V>(d: {K: V}, other: {K: V}):
    for k, v in other: d[k] = v

fn map_values<K, V>(d: {K: V}, f):
    var out = {}
    for k, v in d: out[k] = f(v)
    out

fn filter<K, V>(d: {K: V}, f) -> {K: V}:
    var out: {K: V} = {}
    for k, v in d:
        if f(k, v): out[k] = v
    out

fn any<K, V>(d: {K: V}, f) -> bool:
    for k, v in d:
        if f(k, v): return true
    false

fn all<K, V>(d: {K: V}, f) -> bool:
    for k, v in d:
        if not f(k, v): return false
    true

fn each<K, V>(d: {K: V}, f):
    for k, v in d: f(k, v)
`;
