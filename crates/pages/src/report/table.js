// Tables that are sorted by a click on a column, filtered, and shown a part at a time.

const ROWS_AT_FIRST = 25;

/// Columns: {title, number, value(row) to sort by, show(row), about}. Options: sort (index of the
/// column), filter(row, word) if rows can be looked for, placeholder.
function table(columns, rows, options = {}) {
  let by = options.sort ?? 0;
  let down = columns[by].number === true;
  let shown = ROWS_AT_FIRST;
  let word = '';
  const body = element('tbody');
  const found = element('span', {class: 'found'});
  const more = element('button', {type: 'button', onclick: () => { shown *= 4; draw(); }});
  const heads = columns.map((column, index) => element('th', {
    class: column.number ? 'number' : undefined, scope: 'col', title: column.about,
    onclick: () => {
      down = by === index ? !down : column.number === true;
      by = index;
      draw();
    },
  }, element('button', {type: 'button'}, column.title)));

  function order(a, b) {
    const [x, y] = [columns[by].value(a), columns[by].value(b)];
    const result = typeof x === 'string' ? x.localeCompare(y) : x - y;
    return down ? -result : result;
  }

  function draw() {
    const chosen = word ? rows.filter(row => options.filter(row, word)) : rows.slice();
    chosen.sort(order);
    heads.forEach((head, index) => {
      if (index === by) head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
    body.replaceChildren(...chosen.slice(0, shown).map(row => element('tr', {},
      columns.map(column => element('td', {class: column.number ? 'number' : undefined}, column.show(row))))));
    more.hidden = chosen.length <= shown;
    more.textContent = `show more (${count(chosen.length - shown)} left)`;
    found.textContent = word ? `${count(chosen.length)} of ${count(rows.length)}` : '';
  }

  const search = options.filter && rows.length > 5 ? element('div', {class: 'tools'},
    element('input', {type: 'search', placeholder: options.placeholder ?? 'Filter', 'aria-label': 'Filter',
      oninput: event => { word = event.target.value.toLowerCase(); draw(); }}), found) : undefined;
  draw();
  return element('div', {}, search, element('div', {class: 'scroll'},
    element('table', {}, element('thead', {}, element('tr', {}, heads)), body)), more);
}

/// A number with a bar below it: part of a whole.
function meter(text, part, whole, colour) {
  const width = whole ? Math.min(100, 100 * part / whole) : 0;
  const bar = drawn('svg', {viewBox: '0 0 100 1', preserveAspectRatio: 'none'},
    drawn('rect', {width, height: 1, fill: colour ?? 'var(--live)'}));
  return [text, element('span', {class: 'meter'}, bar)];
}
