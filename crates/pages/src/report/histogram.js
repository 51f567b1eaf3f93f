// Live bytes by size of block, as bars.

/// Bars: [{name, value, more, tip: [[name, value]…]}].
function histogram(bars, label) {
  const holder = element('div', {class: 'chart'});
  const tip = tipOf(holder);
  const [height, left, bottom] = [190, 66, 30];
  const most = Math.max(1, ...bars.map(bar => bar.value + (bar.more ?? 0)));
  const y = linear(0, most, height - bottom, 10);
  let picture;

  function draw() {
    const width = Math.max(300, holder.clientWidth);
    const step = (width - left) / Math.max(1, bars.length);
    const svg = drawn('svg', {viewBox: `0 0 ${width} ${height}`, height, role: 'img', 'aria-label': label});
    for (const value of ticks(0, most, 4, true)) {
      svg.append(drawn('line', {class: 'grid', x1: left, x2: width, y1: y(value), y2: y(value)}),
        drawn('text', {x: left - 6, y: y(value) + 4, 'text-anchor': 'end'}, bytes(value)));
    }
    const every = Math.max(1, Math.ceil(46 / step));
    bars.forEach((bar, index) => {
      const x = left + index * step + step * 0.1;
      const wide = step * 0.8;
      const group = drawn('g', {});
      const top = y(bar.value);
      group.append(drawn('rect', {x: left + index * step, y: 0, width: step, height: height - bottom, fill: 'transparent'}),
        drawn('rect', {class: 'bar', x, y: top, width: wide, height: Math.max(0, height - bottom - top)}));
      if (bar.more) {
        const above = y(bar.value + bar.more);
        group.append(drawn('rect', {class: 'bar other', x, y: above, width: wide, height: top - above}));
      }
      if (index % every === 0) {
        group.append(drawn('text', {x: x + wide / 2, y: height - bottom + 15, 'text-anchor': 'middle'}, bar.name));
      }
      group.addEventListener('pointermove', event => {
        const frame = holder.getBoundingClientRect();
        tip.show(event.clientX - frame.left, event.clientY - frame.top, ...bar.tip.map(([name, value]) => line(name, value)));
      });
      svg.append(group);
    });
    svg.addEventListener('pointerleave', () => tip.hide());
    picture?.remove();
    picture = svg;
    holder.prepend(svg);
  }

  new ResizeObserver(draw).observe(holder);
  return holder;
}
