// Numbers for people, as the commands write them.

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/// "812 B", "4.0 KiB", "12 GiB".
function bytes(n) {
  n = Math.max(0, n);
  if (n < 1024) return `${Math.round(n)} B`;
  let unit = 0;
  let value = n / 1024;
  while (unit + 1 < UNITS.length && Math.round(value) >= 1024) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/// "1,234,567".
function count(n) {
  return Math.round(n).toLocaleString('en-US');
}

/// "1.2 M": where there is little room.
function roughly(n) {
  for (const [size, letter] of [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e4, 'k']]) {
    if (n >= size) {
      const value = n / (letter === 'k' ? 1e3 : size);
      return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${letter}`;
    }
  }
  return count(n);
}

/// "3.2 ms", "1.50 s", "2 min 5 s".
function duration(ms) {
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 100) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60e3) return `${(ms / 1000).toFixed(ms < 10e3 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
}

/// "12.3 %" of a whole.
function percent(part, whole) {
  if (!whole) return '–';
  const value = 100 * part / whole;
  return `${value >= 99.95 ? Math.round(value) : value.toFixed(value < 0.095 && value > 0 ? 2 : 1)} %`;
}
