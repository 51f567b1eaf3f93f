// A page in words.

/** Pairs of what and how much. */
function describe(heap, page, heapName) {
    const unit = page >> 4, usage = heap.usage[unit], address = heap.addressOf(page);
    const rows = [['address', addressText(address)]];
    if (usage === GONE) return [...rows, ['use', 'not in use at this moment']];
    rows.push(['use', useText(heap, unit)]);
    if (heap.head[unit] >= 0) {
        const begin = heap.addressOf(heap.head[unit] * UNIT_PAGES);
        rows.push(['block', `${addressText(begin)}, ${bytesText(heap.size[heap.head[unit]])}`]);
    }
    if (usage === SLAB) {
        const size = heap.size[unit], fit = size > 0 ? Math.floor(UNIT_BYTES / size) : 0;
        rows.push(['size class', `${countText(size)} bytes`]);
        const share = percentText(heap.blocks[unit], fit);
        rows.push(['blocks', `${countText(heap.blocks[unit])} of ${countText(fit)} live (${share})`]);
    }
    if (heap.owner[unit] > 0) rows.push(['heap', heapName(heap.owner[unit] - 1)]);
    const live = heap.live[page];
    rows.push(['live here', `${countText(live)} of 4,096 bytes (${percentText(live, PAGE_BYTES)})`]);
    rows.push(['in memory', heap.inMemory(page) ? 'yes' : 'no']);
    rows.push(['huge page', ['no', 'yes', 'unknown'][heap.huge[unit]]]);
    return rows;
}

function useText(heap, unit) {
    switch (heap.usage[unit]) {
    case SLAB: return `slab of ${countText(heap.size[unit])}-byte blocks`;
    case LARGE_HEAD: return 'large block, its beginning';
    case LARGE_BODY: return 'large block';
    case FREE_DIRTY: return 'free, may be in memory';
    case FREE_CLEAN: return 'free, given back';
    case UNUSED: return 'never used';
    case ENGINE: return 'the heap\'s own data';
    default: return 'a heap\'s record';
    }
}

/** Writes pairs into a definition list. */
function showPairs(list, pairs) {
    list.replaceChildren(...pairs.flatMap(([what, text]) => [make('dt', what), make('dd', text)]));
}

/** A new element with text. */
function make(kind, text, name) {
    const element = document.createElement(kind);
    if (text !== undefined) element.textContent = text;
    if (name) element.className = name;
    return element;
}
