// What was live at the end, by size and, if sampled, by call stack.

function drawLeaks(report, profile) {
  const {last} = report;
  if (!last) return;
  const running = report.end.how === 'went_on';
  const {live_bytes: live, live_blocks: blocks} = last.totals;
  const classes = classesOf(last).filter(one => one.live_blocks > 0);
  const how = running ? 'The program went on: these blocks may still be freed.'
    : report.last_is_the_end ? 'Nobody can free them any more. Many programs leave what they need until the end to the system; what grows with the work is a leak.'
      : 'They were live when the figures were read for the last time, before the end.';
  const sizes = table([
    {title: 'Block', number: true, value: one => one.block_bytes, show: sizeName},
    {title: 'Live blocks', number: true, value: one => one.live_blocks, show: one => count(one.live_blocks)},
    {title: 'Live bytes', number: true, value: one => one.live_bytes, show: one => meter(bytes(one.live_bytes), one.live_bytes, live)},
    {title: '%', number: true, value: one => one.live_bytes, show: one => percent(one.live_bytes, live)},
    {title: 'Of all allocations', number: true, value: one => one.live_blocks / (one.allocations || 1), show: one => percent(one.live_blocks, one.allocations)},
  ], classes, {sort: 2});
  section('leaks', running ? 'Live at the last look' : 'Live at exit',
    element('p', {}, element('b', {}, bytes(live)), ` in ${count(blocks)} blocks. `, how),
    ...profile?.totals.live_bytes ? [element('h3', {}, 'By call stack (estimates)'),
      stacksTable(profile.stacks, 'live_bytes', 'live_blocks', profile.totals.live_bytes)] : [],
    element('h3', {}, 'By size'), classes.length ? sizes : element('p', {class: 'empty'}, 'Nothing.'));
}
