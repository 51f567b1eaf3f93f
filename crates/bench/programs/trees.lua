-- Binary trees that come and go, a table of strings, and queues of small tables.
local rounds = @COUNT@

local function tree(depth)
  if depth == 0 then return {} end
  return { tree(depth - 1), tree(depth - 1) }
end

local function size(node)
  if not node[1] then return 1 end
  return 1 + size(node[1]) + size(node[2])
end

local nodes, characters = 0, 0
local kept = tree(15)
local words, queue, first = {}, {}, 1
for round = 1, rounds do
  nodes = nodes + size(tree(12))
  for step = 1, 2000 do
    local word = "word" .. ((round * 2000 + step) * 7919 % 30011)
    words[word] = (words[word] or 0) + 1
    queue[#queue + 1] = { word, step, at = round }
  end
  while #queue - first > 5000 do
    characters = characters + #queue[first][1]
    queue[first] = false
    first = first + 1
  end
  local parts = {}
  for step = 1, 200 do parts[step] = ("%d:%d;"):format(round, step) end
  characters = characters + #table.concat(parts)
end
local different = 0
for _ in pairs(words) do different = different + 1 end
print(nodes, size(kept), characters, different)
