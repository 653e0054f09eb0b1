-- Small functions that call each other: Takeuchi, Ackermann and a mutually recursive parity.
local SIZE = tonumber(arg[1] or 100)
local REPEAT = tonumber(arg[2] or 10)

local function tak(x, y, z)
  if y >= x then return z end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end

local function ackermann(m, n)
  if m == 0 then return n + 1 end
  if n == 0 then return ackermann(m - 1, 1) end
  return ackermann(m - 1, ackermann(m, n - 1))
end

local is_odd
local function is_even(n)
  if n == 0 then return true end
  return is_odd(n - 1)
end
function is_odd(n)
  if n == 0 then return false end
  return is_even(n - 1)
end

local function kernel(size)
  local sum = 0
  for round = 0, size - 1 do
    sum = sum + tak(18 + round % 2, 12, 6) + ackermann(2, 80 + round % 8)
    for n = 0, 99 do
      if is_even(n + round) then sum = sum + 1 end
    end
  end
  return sum
end

for repetition = 1, REPEAT do
  local start = os.clock()
  local answer = kernel(SIZE)
  local elapsed = os.clock() - start
  print(string.format("%d", answer))
  io.stderr:write(string.format("time %.0f\n", elapsed * 1e6))
end
