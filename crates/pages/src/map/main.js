// Puts everything together.

const byId = id => document.getElementById(id);

async function main() {
    const meta = JSON.parse(embedded('meta'));
    const heap = new Heap(meta.regions), film = new Film(heap, meta);
    const colours = new Colours(), filter = new Filter();
    const view = new View(byId('picture'), heap, colours, filter);
    const {process} = meta;
    let sums = null;
    const moment = () => meta.frames[Math.max(0, film.at)];
    const heapName = number =>
        moment().heaps.find(([other]) => other === number)?.[1] ?? `heap number ${number}`;

    byId('command').textContent = process.command;
    byId('command').title = process.command;
    byId('about').textContent = `process ${process.pid} · ${process.user} · ` +
        `${process.threads} ${process.threads === 1 ? 'thread' : 'threads'} · heapmin ${process.engine}`;

    // What is pointed at or selected.
    const tooltip = byId('tooltip');
    const point = (page, place) => {
        if (page !== view.pointed) {
            view.pointed = page;
            view.schedule();
        }
        tooltip.hidden = page < 0;
        if (page < 0) return;
        showPairs(tooltip.firstElementChild, describe(heap, page, heapName));
        const box = view.canvas.getBoundingClientRect(), own = tooltip.getBoundingClientRect();
        const right = place[0] + 18 + own.width > box.width, low = place[1] + 18 + own.height > box.height;
        tooltip.style.left = `${Math.max(0, right ? place[0] - own.width - 14 : place[0] + 18)}px`;
        tooltip.style.top = `${Math.max(0, low ? place[1] - own.height - 14 : place[1] + 18)}px`;
    };
    const showSelected = () => {
        byId('selected').hidden = view.selected < 0;
        if (view.selected < 0) return;
        const pairs = describe(heap, view.selected, heapName);
        showPairs(byId('details'), pairs);
        byId('spoken').textContent = pairs.map(pair => pair.join(' ')).join(', ');
    };
    const select = page => {
        view.selected = page;
        showSelected();
        view.schedule();
    };
    const goTo = page => {
        view.show(page, true);
        select(page);
        view.canvas.scrollIntoView({block: 'nearest'});
    };
    listen(view, {select, point});

    // Filters and colours.
    const refilter = () => {
        byId('reset').hidden = !filter.active;
        const found = byId('found');
        found.hidden = !filter.active;
        if (filter.active) {
            const {pages, live, resident} = filter.count(heap);
            found.textContent = `${countText(pages)} pages: ${bytesText(live)} live, ` +
                `${bytesText(resident)} in memory`;
        }
        view.repaint();
    };
    const legend = () => {
        const hugeKnown = heap.huge.includes(HUGE_YES);
        showLegend(colours, moment().heaps, [...sums.classes.keys()].sort((a, b) => a - b), hugeKnown);
    };
    const controls = new Controls(filter, refilter);
    for (const radio of document.querySelectorAll('input[name=mode]')) {
        radio.addEventListener('change', () => {
            colours.mode = radio.value;
            legend();
            view.repaint();
        });
    }
    const tables = new Tables({
        showHeap: number => controls.choose('heap', number),
        showClass: size => controls.choose('size', size),
        showUse: use => controls.choose('use', use),
        goTo, heapName,
    });

    // A new moment.
    const player = new Player(film, changed => {
        sums = summarize(heap);
        byId('time').textContent = timeText(moment().time_ms, true);
        tables.update(heap, moment().totals, sums);
        controls.offer(moment().heaps, [...sums.classes.keys()].sort((a, b) => a - b));
        legend();
        showSelected();
        if (filter.active) refilter();
        else view.repaint(changed);
    });

    // The rest of the page.
    const theme = name => {
        document.documentElement.dataset.theme = name;
        colours.setTheme(name);
        byId('theme').textContent = name === 'dark' ? '☀' : '☾';
        if (sums) legend();
        view.repaint();
        player.drawCurve();
    };
    const other = () => document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    byId('theme').addEventListener('click', () => theme(other()));
    byId('closer').addEventListener('click', () => view.zoom(1.5));
    byId('farther').addEventListener('click', () => view.zoom(1 / 1.5));
    byId('all').addEventListener('click', () => view.fit());
    byId('save').addEventListener('click', () =>
        save(asJson(heap, meta, moment()), `heapmin-map-${process.pid}.json`));
    byId('search').addEventListener('submit', event => {
        event.preventDefault();
        const {page, text} = search(heap, byId('address').value);
        byId('answer').textContent = text;
        byId('answer').hidden = text === '';
        if (page >= 0) goTo(page);
    });
    document.addEventListener('keydown', event => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.target.closest('input, select, button')) return;
        const keys = {
            '/': () => byId('address').focus(),
            t: () => theme(other()),
            ' ': () => player.element.hidden || byId('play').click(),
            ',': () => player.step(-1),
            '.': () => player.step(1),
        };
        if (keys[event.key]) {
            event.preventDefault();
            keys[event.key]();
        }
    });
    new ResizeObserver(() => {
        view.resize();
        player.drawCurve();
    }).observe(view.canvas);
    theme(matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
    await player.goTo(0);
    if (meta.heap !== null) controls.choose('heap', meta.heap);
    view.resize();

    // For tests, and for curious people at the console.
    window.heapmin = {
        meta, heap, film, view, colours, filter, player, select,
        summary: () => sums,
        describe: page => describe(heap, page, heapName),
        placeOf: page => {
            const [x, y] = view.layout.pagePlace(page), box = view.canvas.getBoundingClientRect();
            const [left, top] = view.toElement(x + 0.5, y + 0.5);
            return [Math.round(box.left + left), Math.round(box.top + top)];
        },
    };
    document.documentElement.dataset.ready = 'yes';
}

/** The page at an address that somebody typed, or what to say. */
function search(heap, typed) {
    const digits = typed.trim().replace(/^0x/i, '').replace(/[_'`]/g, '');
    if (!/^[0-9a-f]{1,16}$/i.test(digits)) return {page: -1, text: 'an address is a hexadecimal number'};
    const address = parseInt(digits, 16), page = heap.pageAt(address);
    if (page >= 0 && heap.usage[page >> 4] !== GONE) return {page, text: ''};
    const region = heap.regionBefore(Math.floor(address / REGION_BYTES));
    if (heap.regions === 0) return {page: -1, text: 'there are no regions in use'};
    const near = region < 0 ? 0 : region;
    return {
        page: -1,
        text: `not in a region in use; the nearest one ${region < 0 ? 'above' : 'below'} is at ` +
            addressText(heap.numbers[near] * REGION_BYTES),
    };
}

main().catch(error => {
    const place = byId('trouble');
    place.hidden = false;
    place.textContent = `This page can't be shown: ${error.message}. It needs a browser that is not ` +
        'older than 2023.';
    throw error;
});
