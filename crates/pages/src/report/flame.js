// A flame graph, the outermost call above: a click on a call shows it across the whole width.

const FLAME_ROW = 18;
const FLAME_SMALLEST = 0.4;

/// A colour for a name: the same file, nearly the same colour.
function warm(node) {
  if (!node.frame) return 'var(--committed)';
  let hash = 7;
  for (const letter of node.frame.module) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  let fine = 3;
  for (const letter of node.name) fine = (fine * 33 + letter.charCodeAt(0)) >>> 0;
  return `hsl(${(14 + hash % 5 * 11 + fine % 9)} ${78 + fine % 12}% ${60 + fine % 11}%)`;
}

function drawFlame(holder, root, describe) {
  holder.replaceChildren();
  const tip = tipOf(holder);
  const head = element('div', {class: 'soft', 'aria-live': 'polite'});
  let focus = root;
  let word = '';
  let picture;

  function lay(node, x, width, depth, rows, path) {
    if (width < FLAME_SMALLEST) return;
    rows.push({node, x, width, depth, above: path.includes(node) && node !== focus});
    const along = path[depth + 1];
    let at = x;
    const children = along ? [along] : [...node.children.values()].sort((a, b) => b.value - a.value);
    for (const child of children) {
      const wide = along ? width : width * child.value / node.value;
      lay(child, at, wide, depth + 1, rows, path);
      at += wide;
    }
  }

  function draw() {
    const width = Math.max(320, holder.clientWidth);
    const path = [];
    for (let node = focus; node; node = node.parent) path.unshift(node);
    const rows = [];
    lay(root, 0, width, 0, rows, path);
    const depth = Math.max(...rows.map(row => row.depth)) + 1;
    const height = depth * FLAME_ROW + 2;
    const svg = drawn('svg', {class: 'flame', viewBox: `0 0 ${width} ${height}`, height});
    let matched = 0;
    for (const {node, x, width: wide, depth: level, above} of rows) {
      const matches = word !== '' && node.name.toLowerCase().includes(word);
      if (matches && !within(node, word)) matched += node.value;
      const kind = matches ? 'match' : node.other || node === root ? 'other' : word || above ? 'faded' : undefined;
      const box = drawn('rect', {x, y: level * FLAME_ROW, width: Math.max(0.5, wide), height: FLAME_ROW - 1, rx: 1.5, class: kind, fill: warm(node)});
      const group = drawn('g', {}, box);
      const letters = Math.floor((wide - 6) / 6.7);
      if (letters >= 2) {
        const label = node.name.length > letters ? `${node.name.slice(0, letters - 1)}…` : node.name;
        group.append(drawn('text', {x: x + 3, y: level * FLAME_ROW + 12.5}, label));
      }
      group.addEventListener('click', () => { focus = node === focus && node.parent ? node.parent : node; tip.hide(); draw(); });
      group.addEventListener('pointermove', event => {
        const frame = holder.getBoundingClientRect();
        tip.show(event.clientX - frame.left, event.clientY - frame.top, element('div', {class: 'code'}, node.name),
          element('div', {class: 'place'}, node.frame ? placeOf(node.frame) : ''),
          line(describe, `${bytes(node.value)} (${percent(node.value, root.value)})`));
      });
      svg.append(group);
    }
    svg.addEventListener('pointerleave', () => tip.hide());
    picture?.remove();
    picture = svg;
    holder.append(svg);
    head.textContent = [
      focus === root ? '' : `${focus.name}: ${bytes(focus.value)}. Click it again to go back.`,
      word ? `${bytes(matched)} (${percent(matched, root.value)}) in calls that match.` : '',
    ].join(' ');
  }

  holder.append(head);
  if (root.value === 0) {
    head.textContent = 'Nothing was sampled here.';
    return {search() {}, reset() {}};
  }
  draw();
  let width = holder.clientWidth;
  new ResizeObserver(() => {
    if (holder.clientWidth !== width) { width = holder.clientWidth; draw(); }
  }).observe(holder);
  return {
    search(text) { word = text.toLowerCase(); draw(); },
    reset() { focus = root; draw(); },
  };
}

/// Whether a call further out matches, too: it counts there.
function within(node, word) {
  for (let above = node.parent; above; above = above.parent) {
    if (above.name.toLowerCase().includes(word)) return true;
  }
  return false;
}
