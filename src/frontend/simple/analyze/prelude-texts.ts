// Methods of texts, in Simple.
export const textSource = `
fn index_of(s: text, part: text) -> i64?:
    val at = s._find(part)
    if at < 0: nil else: at

fn rfind(s: text, part: text) -> i64?:
    val at = s._rfind(part)
    if at < 0: nil else: at

fn to_int(s: text) -> i64:
    s.parse_int() ?? 0

fn to_float(s: text) -> f64:
    s.parse_float() ?? 0.0

fn capitalize(s: text) -> text:
    if s.is_empty(): s else: s[0].upper() + s[1:].lower()

fn count(s: text, part: text) -> i64:
    if part.is_empty(): return 0
    s.split(part).len() - 1

fn strip_prefix(s: text, part: text) -> text:
    if s.starts_with(part): s[part.char_count():] else: s

fn strip_suffix(s: text, part: text) -> text:
    if s.ends_with(part): s[:s.char_count() - part.char_count()] else: s

fn center(s: text, width: i64, fill: text = " ") -> text:
    val missing = width - s.char_count()
    if missing <= 0: return s
    val before = missing / 2
    s.pad_left(s.char_count() + before, fill).pad_right(width, fill)

fn is_digit(s: text) -> bool:
    if s.is_empty(): return false
    for c in s:
        if c < "0" or c > "9": return false
    true

fn is_alpha(s: text) -> bool:
    if s.is_empty(): return false
    for c in s:
        if not ((c >= "a" and c <= "z") or (c >= "A" and c <= "Z") or (c.ord() > 127 and c.upper() != c.lower())): return false
    true

fn is_alphanumeric(s: text) -> bool:
    if s.is_empty(): return false
    for c in s:
        if not (c.is_digit() or c.is_alpha()): return false
    true

fn is_whitespace(s: text) -> bool:
    not s.is_empty() and s.trim().is_empty()
`;
