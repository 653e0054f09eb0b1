-- Float series: Leibniz for pi, Basel for pi^2/6, and the alternating harmonic series for ln 2.
local SIZE = tonumber(arg[1] or 5000000)
local REPEAT = tonumber(arg[2] or 24)

local function leibniz(terms)
  local sum, sign = 0.0, 1.0
  for k = 0, terms - 1 do
    sum = sum + sign / (2 * k + 1)
    sign = -sign
  end
  return 4 * sum
end

local function basel(terms)
  local sum = 0.0
  for k = 1, terms do
    sum = sum + 1 / (k * k)
  end
  return sum
end

local function alternating(terms)
  local sum = 0.0
  for k = 1, terms do
    if k % 2 == 0 then sum = sum - 1 / k else sum = sum + 1 / k end
  end
  return sum
end

for repetition = 1, REPEAT do
  local start = os.clock()
  local answer = leibniz(SIZE) + basel(SIZE) + alternating(SIZE)
  local elapsed = os.clock() - start
  print(string.format("%.12f", answer))
  io.stderr:write(string.format("time %.0f\n", elapsed * 1e6))
end
