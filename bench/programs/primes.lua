-- Primes by trial division, then a sum of greatest common divisors: division-bound integer loops.
local SIZE = tonumber(arg[1] or 300000)
local REPEAT = tonumber(arg[2] or 14)

local function is_prime(n)
  if n < 2 then return false end
  if n % 2 == 0 then return n == 2 end
  local d = 3
  while d * d <= n do
    if n % d == 0 then return false end
    d = d + 2
  end
  return true
end

local function gcd(a, b)
  local x, y = a, b
  while y ~= 0 do
    x, y = y, x % y
  end
  return x
end

local function kernel(size)
  local primes = 0
  for n = 0, size - 1 do
    if is_prime(n) then primes = primes + 1 end
  end
  local sum = 0
  for n = 1, size - 1 do
    sum = sum + gcd(size * 3, n) + gcd(n * 7, size + n)
  end
  return primes * 100000000 + sum
end

for repetition = 1, REPEAT do
  local start = os.clock()
  local answer = kernel(SIZE)
  local elapsed = os.clock() - start
  print(string.format("%.0f", answer))
  io.stderr:write(string.format("time %.0f\n", elapsed * 1e6))
end
