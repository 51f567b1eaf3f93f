// Choosing a part of a drawing by dragging over it; a double click takes that back.

function dragToZoom(svg, area, choose, back) {
  let begin;
  let box;
  const within = event => {
    const place = event.clientX - svg.getBoundingClientRect().left;
    return Math.max(area.from, Math.min(area.to, place));
  };
  svg.addEventListener('pointerdown', event => {
    if (event.button !== 0) return;
    begin = within(event);
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener('pointermove', event => {
    if (begin === undefined) return;
    const place = within(event);
    if (!box) {
      box = drawn('rect', {class: 'selection', y: area.top, height: area.bottom - area.top});
      svg.append(box);
    }
    box.setAttribute('x', Math.min(begin, place));
    box.setAttribute('width', Math.abs(begin - place));
  });
  svg.addEventListener('pointerup', event => {
    if (begin === undefined) return;
    const [left, right] = [Math.min(begin, within(event)), Math.max(begin, within(event))];
    begin = undefined;
    box?.remove();
    box = undefined;
    // Less is a click.
    if (right - left > 4) choose(left, right);
  });
  svg.addEventListener('pointercancel', () => {
    begin = undefined;
    box?.remove();
    box = undefined;
  });
  svg.addEventListener('dblclick', back);
}
