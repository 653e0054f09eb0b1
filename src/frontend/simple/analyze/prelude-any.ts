// Containers whose types are known at run time only, as containers of values of any type.
export const anySource = `
fn to_array(values: Any) -> [Any]:
    var out: [Any] = []
    for value in values: out.push(value)
    out

fn to_dict<K, V>(entries: {K: V}) -> {Any: Any}:
    var out: {Any: Any} = {}
    for key, value in entries: out[key] = value
    out
`;
