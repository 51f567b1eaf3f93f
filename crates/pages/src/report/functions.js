// The table of functions: what they allocated themselves, and what was allocated below them.

function functionCell(name, frame) {
  return [element('div', {class: 'code'}, name), element('div', {class: 'place'}, frame ? placeOf(frame) : '')];
}

function functionsTable(profile, measure) {
  const {bytesKey, blocksKey, totals} = measure;
  const rows = functions(profile).filter(one => one.total[bytesKey] > 0);
  const whole = totals[bytesKey];
  return table([
    {title: 'Function', value: one => one.name, show: one => functionCell(one.name, one.frame)},
    {title: 'Self', number: true, value: one => one.self[bytesKey], about: 'It called the allocating function itself',
      show: one => meter(bytes(one.self[bytesKey]), one.self[bytesKey], whole)},
    {title: 'Self %', number: true, value: one => one.self[bytesKey], show: one => percent(one.self[bytesKey], whole)},
    {title: 'Blocks', number: true, value: one => one.self[blocksKey], show: one => count(one.self[blocksKey])},
    {title: 'Total', number: true, value: one => one.total[bytesKey], about: 'With everything that it called',
      show: one => meter(bytes(one.total[bytesKey]), one.total[bytesKey], whole, 'var(--resident)')},
    {title: 'Total %', number: true, value: one => one.total[bytesKey], show: one => percent(one.total[bytesKey], whole)},
  ], rows, {sort: 1, placeholder: 'Function, file or module',
    filter: (one, word) => `${one.name} ${placeOf(one.frame)} ${one.frame.module}`.toLowerCase().includes(word)});
}
