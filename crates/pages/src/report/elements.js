// Making elements. Text is always text: nothing that comes from a process is read as HTML.

const SVG = 'http://www.w3.org/2000/svg';

function dress(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.flat().filter(child => child !== undefined && child !== null));
  return made;
}

/// An element of HTML: name, attributes (`onclick` and the like are functions), children.
function element(name, attributes, ...children) {
  return dress(document.createElement(name), attributes, children);
}

/// An element of SVG.
function drawn(name, attributes, ...children) {
  return dress(document.createElementNS(SVG, name), attributes, children);
}

/// A section of the page, and its link in the list of contents.
function section(id, title, ...children) {
  const made = element('section', {id}, element('h2', {}, title), ...children);
  document.getElementById('sections').append(made);
  document.getElementById('contents').append(element('a', {href: `#${id}`}, title));
  return made;
}

/// Shows a text beside the pointer, inside a container with position.
function tipOf(container) {
  const tip = element('div', {class: 'tip', hidden: true});
  container.append(tip);
  return {
    show(x, y, ...children) {
      tip.replaceChildren(...children);
      tip.hidden = false;
      const room = container.clientWidth - tip.offsetWidth - 4;
      tip.style.left = `${Math.max(0, Math.min(room, x + 14 > room ? x - tip.offsetWidth - 14 : x + 14))}px`;
      tip.style.top = `${y + 14}px`;
    },
    hide() { tip.hidden = true; },
  };
}

/// A name and a value on a line of a tip.
function line(name, value, colour) {
  const swatch = colour && element('span', {class: 'swatch'});
  if (swatch) swatch.style.background = colour;
  return element('div', {}, swatch, swatch ? ' ' : '', `${name}: `, element('b', {}, value));
}
