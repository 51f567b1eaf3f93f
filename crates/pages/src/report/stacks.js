// By call stack: flame graph, functions, stacks, temporary blocks.

const MEASURES = [
  {name: 'At peak', bytesKey: 'peak_bytes', blocksKey: 'peak_blocks', about: 'Live when the most bytes were live'},
  {name: 'Allocated', bytesKey: 'allocated_bytes', blocksKey: 'allocated_blocks', about: 'Allocated in all, freed or not'},
  {name: 'Live at the end', bytesKey: 'live_bytes', blocksKey: 'live_blocks', about: 'Allocated and not freed'},
];

/// A stack: its innermost function, and all of it behind a click.
function stackCell(stack) {
  const [first] = stack.frames;
  if (!first) return element('span', {class: 'soft'}, 'unknown');
  const list = () => element('ol', {class: 'frames'}, stack.frames.map(frame => element('li', {},
    element('span', {class: 'code'}, frame.name), frame.inlined ? element('span', {class: 'place'}, ' (inlined)') : '',
    element('div', {class: 'place'}, placeOf(frame)))));
  const details = element('details', {ontoggle: () => {
    // Most are never opened.
    if (details.open && details.children.length === 1) details.append(list());
  }}, element('summary', {class: 'code'}, first.name, stack.frames[1] ? element('span', {class: 'place'}, `  ← ${stack.frames[1].name}`) : ''));
  return details;
}

function stacksTable(stacks, bytesKey, blocksKey, whole) {
  return table([
    {title: 'Call stack, innermost first', value: stack => stack.frames[0]?.name ?? '', show: stackCell},
    {title: 'Bytes', number: true, value: stack => stack[bytesKey], show: stack => meter(bytes(stack[bytesKey]), stack[bytesKey], whole)},
    {title: '%', number: true, value: stack => stack[bytesKey], show: stack => percent(stack[bytesKey], whole)},
    {title: 'Blocks', number: true, value: stack => stack[blocksKey], show: stack => count(stack[blocksKey])},
    {title: 'Bytes a block', number: true, value: stack => stack[bytesKey] / (stack[blocksKey] || 1),
      show: stack => bytes(stack[bytesKey] / (stack[blocksKey] || 1))},
  ], stacks.filter(stack => stack[bytesKey] > 0), {sort: 1, placeholder: 'Function, file or module',
    filter: (stack, word) => stack.frames.some(frame => `${frame.name} ${placeOf(frame)}`.toLowerCase().includes(word))});
}

function temporariesTable(stacks) {
  const rows = stacks.filter(stack => stack.temporary_blocks > 0);
  return table([
    {title: 'Call stack, innermost first', value: stack => stack.frames[0]?.name ?? '', show: stackCell},
    {title: 'Temporary blocks', number: true, value: stack => stack.temporary_blocks, show: stack => count(stack.temporary_blocks)},
    {title: 'Of its blocks', number: true, value: stack => stack.temporary_blocks / (stack.allocated_blocks || 1),
      show: stack => percent(stack.temporary_blocks, stack.allocated_blocks)},
  ], rows, {sort: 1});
}

function drawStacks(profile) {
  if (!profile) {
    section('stacks', 'By call stack', element('p', {class: 'empty'},
      'Call stacks were not sampled. ', element('span', {class: 'code'}, 'heapmin report --stacks'), ' does it.'));
    return;
  }
  if (profile.samples === 0 || profile.stacks.length === 0) {
    section('stacks', 'By call stack', element('p', {class: 'empty'},
      `No allocation was sampled: the program allocated little for one sample every ${bytes(profile.rate_bytes)}. `,
      'A smaller number after --stacks= finds more.'));
    return;
  }
  const picture = element('div', {class: 'chart', id: 'flame'});
  const tables = element('div');
  let flame;
  let measure;
  const search = element('input', {type: 'search', id: 'flame-search', placeholder: 'Find in the flame graph',
    'aria-label': 'Find in the flame graph', oninput: () => flame.search(search.value)});
  const choice = tabs(MEASURES.map(one => [one.name, one.about]), index => {
    measure = {...MEASURES[index], totals: profile.totals};
    flame = drawFlame(picture, callTree(profile, measure.bytesKey), measure.name.toLowerCase());
    if (search.value) flame.search(search.value);
    drawTables();
  });
  function drawTables() {
    const body = element('div');
    const whole = profile.totals[measure.bytesKey];
    const views = [
      ['Functions', () => functionsTable(profile, measure)],
      ['Stacks', () => stacksTable(profile.stacks, measure.bytesKey, measure.blocksKey, whole)],
      ['Temporary', () => temporariesTable(profile.stacks)],
    ];
    const abouts = ['', '', 'Freed before the thread’s next sample: a lot of them may be worth keeping for reuse'];
    const which = tabs(views.map(([name], index) => [name, abouts[index]]), index => body.replaceChildren(views[index][1]()));
    tables.replaceChildren(element('div', {class: 'tools'}, which), body);
  }
  const kept = profile.others ? ` ${count(profile.others)} small stacks, below 0.1 %, are put together.` : '';
  section('stacks', 'By call stack',
    element('p', {class: 'soft'}, `${count(profile.samples)} samples, one every ${bytes(profile.rate_bytes)} on average: all figures here are estimates.${kept}`),
    element('div', {class: 'tools'}, choice, search, element('button', {type: 'button', onclick: () => flame.reset()}, 'show all')),
    picture, tables);
}
