// From values to places in a drawing, with round numbers at the axes.

/// About `wanted` round values from `low` to `high`; bytes are round in powers of two.
function ticks(low, high, wanted, binary) {
  const span = high - low;
  if (!(span > 0)) return [low];
  const base = binary ? 2 : 10;
  let step = base ** Math.floor(Math.log(span / wanted) / Math.log(base));
  for (const factor of binary ? [1, 2, 4] : [1, 2, 5, 10]) {
    if (span / (step * factor) <= wanted) { step *= factor; break; }
  }
  const made = [];
  for (let index = Math.ceil(low / step); index * step <= high * (1 + 1e-9); index += 1) made.push(index * step);
  return made;
}

/// A map from [low, high] to [from, to].
function linear(low, high, from, to) {
  const factor = high > low ? (to - from) / (high - low) : 0;
  const scale = value => from + (value - low) * factor;
  scale.back = place => low + (factor ? (place - from) / factor : 0);
  return scale;
}
