// Methods and helpers of numbers, in Simple.
export const numberSource = `
fn pow(base, exponent):
    if exponent < 0: fail("negative exponent")
    val zero = exponent - exponent
    var result = zero + 1
    var square = base
    var rest = exponent
    while rest != 0:
        if rest % 2 != 0: result = result * square
        rest = rest / 2
        if rest != 0: square = square * square
    result

fn gcd(a, b):
    var x = a
    var y = b
    while y != 0:
        val rest = x % y
        x = y
        y = rest
    if x < 0: -x else: x

fn lcm(a, b):
    if a == 0 or b == 0: a * 0
    else:
        val product = a / gcd(a, b) * b
        if product < 0: -product else: product

fn fdiv(a, b):
    val quotient = a / b
    val rest = a % b
    if rest != 0 and (rest < 0) != (b < 0): quotient - 1 else: quotient

fn slice_bound(given: bool, index: i64, length: i64) -> i64:
    val from_end = if index < 0: index + length else: index
    from_end.max(0).min(length)

fn slice_start(given: bool, index: i64, length: i64, step: i64) -> i64:
    if step == 0: fail("the step of a slice is 0")
    if not given:
        return if step > 0: 0 else: length - 1
    val from_end = if index < 0: index + length else: index
    if step > 0: from_end.max(0).min(length) else: from_end.max(-1).min(length - 1)

fn slice_end(given: bool, index: i64, length: i64, step: i64) -> i64:
    if not given:
        return if step > 0: length else: -1
    val from_end = if index < 0: index + length else: index
    if step > 0: from_end.max(0).min(length) else: from_end.max(-1).min(length - 1)

fn count_steps(start: i64, end: i64, step: i64) -> i64:
    if step > 0 and end > start: return (end - start + step - 1) / step
    if step < 0 and end < start: return (start - end - step - 1) / -step
    0

fn in_steps(value: i64, start: i64, end: i64, step: i64) -> bool:
    if step > 0: value >= start and value < end and (value - start) % step == 0
    else: value <= start and value > end and (start - value) % -step == 0

fn wrap_index(index: i64, length: i64) -> i64:
    if index < 0: index + length else: index

fn times(count, f):
    for i in 0..count: f(i)

fn to_hex(value) -> text:
    "{value:x}"

fn to_binary(value) -> text:
    "{value:b}"

fn to_octal(value) -> text:
    "{value:o}"

fn sign(value):
    val zero = value - value
    if value > zero: zero + 1
    elif value < zero: zero - 1
    else: zero

fn digits(value: i64) -> [i64]:
    var out: [i64] = []
    for c in value.abs().to_text(): out.push(c.to_int())
    out
`;
