-- Doubly recursive Fibonacci: the cost of a call.
local SIZE = tonumber(arg[1] or 38)
local REPEAT = tonumber(arg[2] or 6)

local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

for repetition = 1, REPEAT do
  local start = os.clock()
  local answer = fib(SIZE)
  local elapsed = os.clock() - start
  print(string.format("%d", answer))
  io.stderr:write(string.format("time %.0f\n", elapsed * 1e6))
end
