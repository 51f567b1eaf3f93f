// Light or dark: as the system, until the button is pressed.

function followTheme() {
  const root = document.documentElement;
  document.getElementById('theme').addEventListener('click', () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  });
}

/// Marks the link of the section that is being read.
function followScrolling() {
  const links = new Map([...document.querySelectorAll('nav a')].map(link => [link.getAttribute('href').slice(1), link]));
  const watcher = new IntersectionObserver(entries => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const [id, link] of links) link.classList.toggle('here', id === entry.target.id);
    }
  }, {rootMargin: '-15% 0px -75% 0px'});
  for (const part of document.querySelectorAll('main section')) watcher.observe(part);
}
