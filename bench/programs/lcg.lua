-- Nested integer loops over a 32-bit generator that wraps around. The product stays below 2^53, so doubles are exact.
local bit = require("bit")
local SIZE = tonumber(arg[1] or 30000)
local REPEAT = tonumber(arg[2] or 16)
local bxor, tobit, rshift = bit.bxor, bit.tobit, bit.rshift

local function kernel(rows)
  local state, sum = 12345, 0
  for row = 1, rows do
    local line = 0
    for column = 1, 1000 do
      state = (state * 1664525 + 1013904223) % 4294967296
      line = tobit(line + rshift(state, 16))
    end
    sum = tobit(bxor(sum, line) * 31)
  end
  return sum % 4294967296
end

for repetition = 1, REPEAT do
  local start = os.clock()
  local answer = kernel(SIZE)
  local elapsed = os.clock() - start
  print(string.format("%.0f", answer))
  io.stderr:write(string.format("time %.0f\n", elapsed * 1e6))
end
