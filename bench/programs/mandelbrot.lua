-- Mandelbrot set on a square grid, f64: the sum of the iteration counts.
local SIZE = tonumber(arg[1] or 600)
local REPEAT = tonumber(arg[2] or 8)

local function escape(cr, ci)
  local zr, zi = 0.0, 0.0
  for n = 0, 199 do
    local rr, ii = zr * zr, zi * zi
    if rr + ii > 4 then return n end
    zi = 2 * zr * zi + ci
    zr = rr - ii + cr
  end
  return 200
end

local function mandelbrot(size)
  local total = 0
  for y = 0, size - 1 do
    local ci = 2 * y / size - 1
    for x = 0, size - 1 do
      total = total + escape(2 * x / size - 1.5, ci)
    end
  end
  return total
end

for repetition = 1, REPEAT do
  local start = os.clock()
  local answer = mandelbrot(SIZE)
  local elapsed = os.clock() - start
  print(string.format("%d", answer))
  io.stderr:write(string.format("time %.0f\n", elapsed * 1e6))
end
