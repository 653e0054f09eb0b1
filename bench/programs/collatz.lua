-- The longest Collatz chain below SIZE; values pass 2^31, which a double holds exactly.
local SIZE = tonumber(arg[1] or 2000000)
local REPEAT = tonumber(arg[2] or 3)

local function collatz(limit)
  local best, best_start = 0, 0
  for start = 1, limit - 1 do
    local n, steps = start, 0
    while n ~= 1 do
      if n % 2 == 0 then n = n / 2 else n = 3 * n + 1 end
      steps = steps + 1
    end
    if steps > best then best, best_start = steps, start end
  end
  return best_start * 1000 + best
end

for repetition = 1, REPEAT do
  local start = os.clock()
  local answer = collatz(SIZE)
  local elapsed = os.clock() - start
  print(string.format("%d", answer))
  io.stderr:write(string.format("time %.0f\n", elapsed * 1e6))
end
