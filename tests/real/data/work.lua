-- Work for Lua: rounds of allocation under a given mode of the collector.
-- Arguments: ROUNDS incremental|generational
local rounds, mode = tonumber(arg[1]), arg[2]
collectgarbage(mode)

local seed = 42
local function chance(n)
  seed = (seed * 48271) % 2147483647
  return seed % n
end

local function digest(text)
  local sum = 0
  for i = 1, #text do sum = (sum * 31 + text:byte(i)) % 4294967291 end
  return sum
end

local function tree(depth)
  if depth == 0 then return {} end
  return { tree(depth - 1), tree(depth - 1) }
end

local function size(node)
  return node[1] and 1 + size(node[1]) + size(node[2]) or 1
end

local function tables()
  local grid = {}
  for i = 1, 300 do
    grid[i] = {}
    for j = 1, 100 + chance(50) do grid[i][j] = i * j end
  end
  for _ = 1, 20000 do grid[1 + chance(300)][1 + chance(400)] = chance(100) end
  local sum = 0
  for i = 1, 300 do
    for j = 1, 400 do sum = sum + (grid[i][j] or 0) end
  end
  return sum
end

local function strings()
  local parts, count = {}, {}
  for i = 1, 20000 do
    local word = ("%x"):rep(1 + i % 3):format(chance(4096), i, i * 7)
    count[word] = (count[word] or 0) + 1
    parts[#parts + 1] = word
  end
  local text = table.concat(parts, " ")
  text = text:gsub("%f[%w](%w)(%w*)", "%2%1"):upper():reverse()
  table.sort(parts)
  local repeated = {}
  for word, n in pairs(count) do
    if n > 1 then repeated[#repeated + 1] = word .. n end
  end
  table.sort(repeated)
  return digest(text), digest(table.concat(parts)), digest(table.concat(repeated))
end

local function coroutines()
  local function producer(n)
    return coroutine.wrap(function()
      for i = 1, n do coroutine.yield({ value = i, text = "value " .. i }) end
    end)
  end
  local sum = 0
  for n = 1, 400 do
    for item in producer(n % 40) do sum = sum + item.value + #item.text end
  end
  return sum
end

local function weak_and_finalised()
  local finalised = 0
  local kept = setmetatable({}, { __mode = "v" })
  for i = 1, 5000 do
    kept[i] = setmetatable({}, { __gc = function() finalised = finalised + 1 end })
  end
  collectgarbage()
  collectgarbage()
  return finalised, next(kept)
end

local function errors()
  local failed = 0
  for i = 1, 3000 do
    local ok, why = pcall(function()
      local held = { ("x"):rep(i % 500) }
      if i % 3 == 0 then error({ code = i, held = held }) end
      return held
    end)
    if not ok then failed = failed + why.code end
  end
  return failed
end

local long_lived = tree(15)
for round = 1, rounds do
  print(round, tables(), coroutines(), errors())
  print(strings())
  print(weak_and_finalised())
  print(size(tree(16)), size(long_lived), #string.rep("ab", 1 << 22))
  local chunk = assert(load("local t = {} for i = 1, ... do t[i] = function() return i end end return t"))
  print(#chunk(20000), chunk(500)[500]())
end
