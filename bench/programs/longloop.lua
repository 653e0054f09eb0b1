-- One long loop in main: it can only get faster while it runs. A checkpoint is printed every SIZE iterations.
local SIZE = tonumber(arg[1] or 10000000)
local REPEAT = tonumber(arg[2] or 12)

local function main()
  local total = SIZE * REPEAT
  local i, x, sum = 0, 1, 0.0
  local start = os.clock()
  while i < total do
    x = (x * 1103 + 12345) % 65537
    if x < 32768 then sum = sum + x * 0.5 else sum = sum - 3 end
    i = i + 1
    if i % SIZE == 0 then
      local now = os.clock()
      print(string.format("%d %.1f", x, sum))
      io.stderr:write(string.format("time %.0f\n", (now - start) * 1e6))
      start = os.clock()
    end
  end
end

main()
