// Memory over time: lines, the values under the pointer, events, and zooming by dragging.

const SERIES = [
  {key: 'live', name: 'live', colour: 'var(--live)', filled: true, about: 'bytes in live blocks'},
  {key: 'resident', name: 'resident', colour: 'var(--resident)', about: 'bytes of the heap in memory'},
  {key: 'committed', name: 'committed', colour: 'var(--committed)', about: 'bytes that heaps have taken, in memory or not', off: true},
  {key: 'process', name: 'process (RSS)', colour: 'var(--process)', about: 'bytes of the whole process in memory'},
];
const CHART = {height: 330, left: 66, right: 14, top: 14, bottom: 26};

function drawTimeline(report) {
  const {moments} = report.timeline;
  if (moments.length === 0) return;
  const holder = element('div', {class: 'chart'});
  const tip = tipOf(holder);
  const hidden = new Set(SERIES.filter(series => series.off).map(series => series.key));
  const whole = [0, Math.max(report.duration_ms, moments.at(-1).at_ms)];
  let range = whole;
  let picture;

  const legend = element('span', {class: 'legend tools'}, SERIES.map(series => {
    const swatch = element('span', {class: 'swatch'});
    swatch.style.background = series.colour;
    const button = element('button', {type: 'button', title: series.about, 'aria-pressed': String(!hidden.has(series.key)), onclick: () => {
      if (!hidden.delete(series.key)) hidden.add(series.key);
      button.setAttribute('aria-pressed', !hidden.has(series.key));
      draw();
    }}, swatch, series.name);
    return button;
  }));
  const reset = element('button', {type: 'button', hidden: true, onclick: () => zoom(whole)}, 'show all');
  const {readings, reading_ms} = report.timeline;
  section('time', 'Memory over time',
    element('div', {class: 'tools'}, legend, reset),
    holder,
    element('p', {class: 'soft'}, `${count(readings)} readings`,
      report.duration_ms > 0 ? `, which took ${percent(reading_ms, report.duration_ms)} of the time of one processor` : '',
      moments.length < readings ? `; ${count(moments.length)} are kept, with all peaks` : '',
      '. What was taken and freed between two readings is not seen. Drag over a part to see it larger.'));

  function zoom(to) {
    range = to;
    reset.hidden = to === whole;
    draw();
  }

  function draw() {
    const width = Math.max(320, holder.clientWidth);
    const [from, to] = [CHART.left, width - CHART.right];
    const x = linear(range[0], range[1], from, to);
    // One moment on either side, so that lines go on to the edges.
    let first = moments.findIndex(moment => moment.at_ms >= range[0]);
    first = Math.max(0, (first < 0 ? moments.length : first) - 1);
    let behind = moments.findIndex(moment => moment.at_ms > range[1]);
    behind = behind < 0 ? moments.length : behind + 1;
    const seen = moments.slice(first, behind);
    const shown = SERIES.filter(series => !hidden.has(series.key));
    let most = 1;
    for (const moment of seen) for (const series of shown) most = Math.max(most, moment[series.key]);
    const bottom = CHART.height - CHART.bottom;
    const y = linear(0, most * 1.05, bottom, CHART.top);
    const svg = drawn('svg', {viewBox: `0 0 ${width} ${CHART.height}`, height: CHART.height, role: 'img',
      'aria-label': 'Memory over time'});
    const clip = drawn('clipPath', {id: 'plot'}, drawn('rect', {x: from, y: 0, width: to - from, height: CHART.height}));
    svg.append(drawn('defs', {}, clip), axes(x, y, range, most * 1.05, width));
    const lines = drawn('g', {'clip-path': 'url(#plot)'});
    for (const series of shown) lines.append(...curve(series, seen, x, y, bottom));
    svg.append(lines, events(report.events, range, x, bottom));
    const cursor = drawn('line', {class: 'cursor', y1: CHART.top, y2: bottom, visibility: 'hidden'});
    const dots = shown.map(series => drawn('circle', {r: 3.5, fill: series.colour, visibility: 'hidden'}));
    svg.append(cursor, ...dots);
    picture?.remove();
    picture = svg;
    holder.prepend(svg);
    hover(svg, {x, y, seen, shown, cursor, dots, tip, events: report.events});
    dragToZoom(svg, {from, to, top: CHART.top, bottom}, (left, right) => {
      const [begin, end] = [x.back(left), x.back(right)];
      if (end - begin > 0.01) zoom([Math.max(whole[0], begin), Math.min(whole[1], end)]);
    }, () => zoom(whole));
  }

  draw();
  new ResizeObserver(draw).observe(holder);
}

function axes(x, y, range, most, width) {
  const group = drawn('g');
  const bottom = CHART.height - CHART.bottom;
  for (const value of ticks(0, most, 6, true)) {
    group.append(drawn('line', {class: 'grid', x1: CHART.left, x2: width - CHART.right, y1: y(value), y2: y(value)}),
      drawn('text', {x: CHART.left - 6, y: y(value) + 4, 'text-anchor': 'end'}, bytes(value)));
  }
  for (const value of ticks(range[0], range[1], Math.max(3, width / 130), false)) {
    group.append(drawn('line', {class: 'grid', x1: x(value), x2: x(value), y1: bottom, y2: bottom + 4}),
      drawn('text', {x: x(value), y: bottom + 17, 'text-anchor': 'middle'}, value === 0 ? '0' : duration(value)));
  }
  return group;
}

/// A line, and the area below it if that is filled.
function curve(series, seen, x, y, bottom) {
  const points = seen.map(moment => `${x(moment.at_ms).toFixed(1)},${y(moment[series.key]).toFixed(1)}`).join(' ');
  const line = drawn('polyline', {points, fill: 'none', stroke: series.colour, 'stroke-width': 1.6, 'stroke-linejoin': 'round'});
  if (!series.filled || seen.length < 2) return [line];
  const [first, last] = [x(seen[0].at_ms), x(seen.at(-1).at_ms)];
  const area = drawn('polygon', {points: `${first},${bottom} ${points} ${last},${bottom}`, fill: series.colour, opacity: 0.14});
  return [area, line];
}

function events(list, range, x, bottom) {
  const group = drawn('g');
  for (const event of list) {
    if (event.at_ms < range[0] || event.at_ms > range[1]) continue;
    const at = x(event.at_ms);
    const right = at > 120;
    group.append(drawn('line', {class: 'event', x1: at, x2: at, y1: CHART.top, y2: bottom}, drawn('title', {}, event.text)));
    if (event.kind === 'peak') {
      group.append(drawn('text', {x: at + (right ? -5 : 5), y: CHART.top + 9, 'text-anchor': right ? 'end' : 'start'}, 'peak'));
    }
  }
  return group;
}

/// Shows the values of the moment nearest to the pointer.
function hover(svg, {x, y, seen, shown, cursor, dots, tip, events}) {
  svg.addEventListener('pointermove', event => {
    const frame = svg.getBoundingClientRect();
    const place = event.clientX - frame.left;
    const at = x.back(place);
    let nearest = seen[0];
    for (const moment of seen) if (Math.abs(moment.at_ms - at) < Math.abs(nearest.at_ms - at)) nearest = moment;
    const left = x(nearest.at_ms);
    cursor.setAttribute('x1', left);
    cursor.setAttribute('x2', left);
    for (const mark of [cursor, ...dots]) mark.setAttribute('visibility', 'visible');
    shown.forEach((series, index) => {
      dots[index].setAttribute('cx', left);
      dots[index].setAttribute('cy', y(nearest[series.key]));
    });
    const near = events.filter(one => Math.abs(x(one.at_ms) - place) < 5);
    tip.show(left, event.clientY - frame.top, element('div', {class: 'soft'}, `after ${duration(nearest.at_ms)}`),
      ...SERIES.map(series => line(series.name, bytes(nearest[series.key]), series.colour)),
      line('live blocks', count(nearest.blocks)), line('given back so far', bytes(nearest.returned)),
      line('allocations so far', count(nearest.allocations)), ...near.map(one => element('div', {}, one.text)));
  });
  svg.addEventListener('pointerleave', () => {
    for (const mark of [cursor, ...dots]) mark.setAttribute('visibility', 'hidden');
    tip.hide();
  });
}
