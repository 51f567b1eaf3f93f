// The tables of a moment: sizes, heaps, threads' caches; at the end, or when the most was live.

/// All heaps' classes together, smallest first, and the large blocks as one more.
function classesOf(snapshot) {
  const sums = new Map();
  const large = {block_bytes: Infinity, slabs: 0, capacity_blocks: 0, live_blocks: 0, cached_blocks: 0,
    resident_bytes: 0, live_bytes: 0, reclaimable_bytes: 0, allocations: 0};
  for (const heap of snapshot.heaps) {
    for (const one of heap.classes) {
      const sum = sums.get(one.block_bytes) ?? {...one, slabs: 0, capacity_blocks: 0, live_blocks: 0,
        cached_blocks: 0, resident_bytes: 0, reclaimable_bytes: 0, allocations: 0, live_bytes: 0};
      for (const key of ['slabs', 'capacity_blocks', 'live_blocks', 'cached_blocks', 'resident_bytes',
        'reclaimable_bytes', 'allocations']) sum[key] += one[key];
      sum.live_bytes += one.live_blocks * one.block_bytes;
      sums.set(one.block_bytes, sum);
    }
    large.capacity_blocks += heap.large.blocks;
    large.live_blocks += heap.large.blocks;
    large.live_bytes += heap.large.live_bytes;
    large.resident_bytes += heap.large.resident_bytes;
    large.allocations += heap.large.allocations;
  }
  const classes = [...sums.values()].sort((a, b) => a.block_bytes - b.block_bytes);
  if (large.allocations || large.live_blocks) classes.push(large);
  for (const one of classes) one.waste = Math.max(0, one.resident_bytes - one.live_bytes);
  return classes.filter(one => one.live_blocks || one.allocations || one.resident_bytes);
}

function sizeName(one) {
  return one.block_bytes === Infinity ? 'large' : bytes(one.block_bytes);
}

function sizesTable(now, peak) {
  const atPeak = new Map(peak ? classesOf(peak).map(one => [one.block_bytes, one]) : []);
  const classes = classesOf(now);
  for (const [size, one] of atPeak) {
    if (!classes.some(other => other.block_bytes === size)) {
      classes.push({...one, live_blocks: 0, live_bytes: 0, waste: 0, resident_bytes: 0, slabs: 0, capacity_blocks: 0});
    }
  }
  const peakBytes = one => atPeak.get(one.block_bytes)?.live_bytes ?? 0;
  const all = classes.reduce((sum, one) => sum + one.live_bytes, 0);
  const most = Math.max(...classes.map(peakBytes), 0);
  const columns = [
    {title: 'Block', number: true, value: one => one.block_bytes, show: sizeName, about: 'Bytes that a block of the class takes'},
    {title: 'Live', number: true, value: one => one.live_bytes, show: one => meter(bytes(one.live_bytes), one.live_bytes, all)},
    {title: 'Blocks', number: true, value: one => one.live_blocks, show: one => count(one.live_blocks), about: 'Live blocks'},
    {title: 'At peak', number: true, value: peakBytes, show: one => meter(bytes(peakBytes(one)), peakBytes(one), most), about: 'Live bytes when the most was live in all'},
    {title: 'Allocations', number: true, value: one => one.allocations, show: one => count(one.allocations)},
    {title: 'Resident', number: true, value: one => one.resident_bytes, show: one => bytes(one.resident_bytes)},
    {title: 'Occupancy', number: true, value: one => one.live_blocks / (one.capacity_blocks || 1),
      show: one => meter(percent(one.live_blocks, one.capacity_blocks), one.live_blocks, one.capacity_blocks, 'var(--good)'),
      about: 'The part of the blocks that fit into the slabs that is live'},
    {title: 'Waste', number: true, value: one => one.waste, show: one => bytes(one.waste), about: 'Bytes in memory that no live block uses'},
    {title: 'Slabs', number: true, value: one => one.slabs, show: one => one.block_bytes === Infinity ? '–' : count(one.slabs), about: 'Slabs of 64 KiB'},
  ];
  const bars = classes.slice().sort((a, b) => a.block_bytes - b.block_bytes).map(one => ({
    name: sizeName(one), value: one.live_bytes, more: one.waste,
    tip: [['block', sizeName(one)], ['live', `${bytes(one.live_bytes)} in ${count(one.live_blocks)} blocks`],
      ['waste', bytes(one.waste)], ['allocations', count(one.allocations)]],
  }));
  const swatch = kind => drawn('svg', {viewBox: '0 0 10 10', width: 10, height: 10, class: 'swatch'}, drawn('rect', {class: `bar ${kind}`, width: 10, height: 10}));
  return [element('p', {class: 'soft'}, swatch(''), ' live  ', swatch('other'), ' in memory, but not live'),
    histogram(bars, 'Bytes by size of block'), table(columns, classes, {sort: 1})];
}

function heapsTable(snapshot) {
  const bytesColumn = (title, key, about) => ({title, number: true, value: heap => heap[key], show: heap => bytes(heap[key]), about});
  return table([
    {title: 'Heap', value: heap => heap.name, show: heap => heap.name},
    bytesColumn('Live', 'live_bytes'),
    {title: 'Blocks', number: true, value: heap => heap.live_blocks, show: heap => count(heap.live_blocks)},
    bytesColumn('Resident', 'resident_bytes'), bytesColumn('Committed', 'committed_bytes'),
    bytesColumn('Reclaimable', 'reclaimable_bytes', 'What a trim would give back'),
    bytesColumn('Fragmented', 'fragmented_bytes', 'Free blocks that share a page with live ones'),
    {title: 'Allocations', number: true, value: heap => heap.allocations, show: heap => count(heap.allocations)},
    {title: 'Maximum', number: true, value: heap => heap.maximum_bytes ?? Infinity, show: heap => heap.maximum_bytes === null ? 'none' : bytes(heap.maximum_bytes)},
    {title: 'Goes back', value: heap => heap.decay, show: heap => heap.decay, about: 'When unused memory goes back to the system'},
  ], snapshot.heaps, {sort: 1});
}

function cachesTable(snapshot) {
  const states = {thread: 'in use', idle: 'idle: its thread has ended', shared: 'shared by threads without one'};
  const rows = snapshot.heaps.flatMap(heap => heap.caches.map(cache => ({...cache, heap: heap.name})));
  if (rows.length === 0) return element('p', {class: 'empty'}, 'No thread has a cache.');
  return table([
    {title: 'Thread', value: row => row.thread ?? 0, show: row => row.thread ? `${row.thread}${row.thread_name ? ` ${row.thread_name}` : ''}` : '–'},
    {title: 'Heap', value: row => row.heap, show: row => row.heap},
    {title: 'State', value: row => row.state, show: row => states[row.state] ?? row.state},
    {title: 'Free blocks held', number: true, value: row => row.cached_blocks, show: row => count(row.cached_blocks)},
    {title: 'Bytes held', number: true, value: row => row.cached_bytes, show: row => bytes(row.cached_bytes)},
    {title: 'Slabs', number: true, value: row => row.slabs, show: row => count(row.slabs)},
    {title: 'Allocations', number: true, value: row => row.allocations, show: row => count(row.allocations)},
  ], rows, {sort: 4, filter: (row, word) => `${row.thread ?? ''} ${row.thread_name ?? ''} ${row.heap}`.toLowerCase().includes(word), placeholder: 'Thread or heap'});
}

function drawSnapshots(report) {
  const {last, peak} = report;
  if (!last) return;
  const lastName = report.last_is_the_end ? 'At the end' : 'At the last reading';
  const atPeak = ['At peak', 'When the most bytes were live'];
  const part = (id, title, make) => {
    const body = element('div');
    const views = peak ? [[last, [lastName]], [peak, atPeak]] : [[last, [lastName]]];
    const choice = tabs(views.map(view => view[1]), index => body.replaceChildren(...[make(views[index][0])].flat()));
    section(id, title, element('div', {class: 'tools'}, choice), body);
  };
  part('sizes', 'By size', snapshot => sizesTable(snapshot, peak));
  part('heaps', 'Heaps', heapsTable);
  part('caches', 'Threads’ caches', cachesTable);
}
