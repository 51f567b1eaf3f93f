// A choice of one of several views.

/// Choices: [name, about]. Calls `choose(index)` at a click, and once at the start.
function tabs(choices, choose) {
  const buttons = choices.map(([name, about], index) => element('button', {
    type: 'button', role: 'tab', title: about, onclick: () => select(index),
  }, name));
  function select(index) {
    buttons.forEach((button, other) => button.setAttribute('aria-selected', other === index));
    choose(index);
  }
  const made = element('div', {class: 'tabs', role: 'tablist'}, buttons);
  select(0);
  return made;
}
