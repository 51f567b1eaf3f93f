// Call stacks from the page's data: as objects, as a tree, and by function.

const AMOUNTS = ['allocated_bytes', 'allocated_blocks', 'live_bytes', 'live_blocks', 'peak_bytes', 'peak_blocks', 'temporary_blocks'];

function amounts(numbers) {
  return Object.fromEntries(AMOUNTS.map((name, index) => [name, numbers[index]]));
}

/// The profile with names in the places of numbers.
function readProfile(data) {
  const text = index => data.strings[index];
  const frames = data.frames.map(([name, module, file, line, inlined]) => ({
    name: text(name), module: text(module), file: text(file), line, inlined: inlined === 1,
  }));
  const stacks = data.stacks.map(([places, numbers]) => ({frames: places.map(place => frames[place]), ...amounts(numbers)}));
  const [others, left] = data.left_out;
  return {...data, frames, stacks, totals: amounts(data.totals), others, left: amounts(left)};
}

/// The last part of a path.
function fileName(path) {
  return path.slice(path.lastIndexOf('/') + 1);
}

/// Where a frame is: file and line, or the module.
function placeOf(frame) {
  return frame.file ? `${frame.file}${frame.line ? `:${frame.line}` : ''}` : frame.module;
}

/// A tree of calls from the outermost on. Calls of one function at different lines are one node.
function callTree(profile, measure) {
  const root = {name: 'all', value: 0, children: new Map()};
  for (const stack of profile.stacks) {
    const value = stack[measure];
    if (!value) continue;
    root.value += value;
    let node = root;
    for (let index = stack.frames.length - 1; index >= 0; index -= 1) {
      const frame = stack.frames[index];
      const key = `${frame.name}\0${frame.module}`;
      let next = node.children.get(key);
      if (!next) {
        next = {name: frame.name, frame, value: 0, children: new Map(), parent: node};
        node.children.set(key, next);
      }
      next.value += value;
      node = next;
    }
  }
  const left = profile.left[measure];
  if (left) {
    const name = `${count(profile.others)} small stacks`;
    root.children.set('', {name, value: left, children: new Map(), parent: root, other: true});
    root.value += left;
  }
  return root;
}

/// Functions with their own sums (they called the allocating function) and those of all below them.
function functions(profile) {
  const found = new Map();
  for (const stack of profile.stacks) {
    const seen = new Set();
    stack.frames.forEach((frame, index) => {
      const key = `${frame.name}\0${frame.module}`;
      let one = found.get(key);
      if (!one) {
        const zeros = () => amounts(AMOUNTS.map(() => 0));
        one = {name: frame.name, frame, self: zeros(), total: zeros()};
        found.set(key, one);
      }
      const into = [];
      if (index === 0) into.push(one.self);
      // Recursion counts once.
      if (!seen.has(key)) into.push(one.total);
      seen.add(key);
      for (const sums of into) for (const name of AMOUNTS) sums[name] += stack[name];
    });
  }
  return [...found.values()];
}
