-- Closures, errors, coroutines and the libraries; the answer is in libraries.ts.
local words = {}
for word in string.gmatch("the quick brown fox jumps over the lazy dog", "%a+") do
  words[#words + 1] = word:upper()
end
table.sort(words)
local thread = coroutine.wrap(function(n)
  for i = 1, 3 do n = coroutine.yield(n * i) end
  return "end"
end)
local ok, message = pcall(function() error({ code = 42 }) end)
local called, trouble = pcall(string.rep)
return table.concat({
  table.concat(words, ","), thread(10), thread(20), tostring(ok), message.code,
  string.format("%.3f|%5d|%q", math.pi, 7, "a\n"), select("#", table.unpack({ 1, nil, 3 }, 1, 3)),
  tostring(called), (trouble:gsub("'.-'", "_", 1)), 2^53 | 0, 7 // 2, os.time({ year = 2020, month = 1, day = 1, hour = 12 }) > 0 and "time",
}, ";")
