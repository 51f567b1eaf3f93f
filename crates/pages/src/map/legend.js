// What the colours mean.

function showLegend(colours, heapNames, sizes, hugeKnown) {
    const legend = document.getElementById('legend');
    const theme = colours.theme, items = [];
    const item = (colour, text, name) => {
        const row = make('li'), box = make('span', undefined, `box ${name ?? ''}`);
        box.style.setProperty('--box', colour);
        row.append(box, make('span', text));
        items.push(row);
    };
    const inUse = {live: false, use: true, heap: true, class: true, residency: false}[colours.mode];
    if (colours.mode === 'live') items.push(ramp(colours));
    if (colours.mode === 'use') {
        item(theme.slab, 'slab, the brighter the more live');
        item(theme.large, 'large block');
    }
    if (colours.mode === 'heap') {
        heapNames.slice(0, 12).forEach(([number, name]) => item(cssColour(colours.heapColour(number)), name));
        if (heapNames.length > 12) items.push(make('li', `and ${heapNames.length - 12} more`));
    }
    if (colours.mode === 'class') {
        const some = sizes.length <= 10 ? sizes
            : Array.from({length: 10}, (_, i) => sizes[Math.round(i * (sizes.length - 1) / 9)]);
        some.forEach(size => item(cssColour(colours.classColour(size)), `${countText(size)} bytes`));
        item(theme.large, 'large blocks');
    }
    if (colours.mode === 'residency') {
        item(theme.resident, 'in memory');
        if (hugeKnown) item(theme.huge, 'in memory, huge page');
        item(theme.returned, 'not in memory');
    } else {
        if (inUse) items.push(make('li', 'brighter: more live bytes on the page', 'hint'));
        item(theme.idle, 'in memory, nothing live: reclaimable');
        item(theme.returned, 'free, not in memory');
        item(theme.own, 'the heap\'s own data');
        item(cssColour(mix(colours.background, colours.share(1), theme.absent)), 'live, but not in memory', 'hollow');
    }
    item(theme.unused, 'never used', 'unused');
    item(theme.large, 'frame: large block', 'frame');
    if (hugeKnown) item(theme.huge, 'frame: huge page of 2 MiB', 'frame');
    items.push(make('li', 'a large tile is a region of 2 MiB: 8 × 4 units of 64 KiB, of 4 × 4 pages each', 'hint'));
    legend.replaceChildren(...items);
}

function ramp(colours) {
    const row = make('li', undefined, 'ramp'), strip = make('span', undefined, 'strip');
    const stops = Array.from({length: 9}, (_, i) => cssColour(colours.share(i / 8)));
    strip.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
    const ends = make('span', undefined, 'ends');
    ends.append(make('span', '1 byte live'), make('span', '50 %'), make('span', 'all live'));
    row.append(strip, ends);
    return row;
}
