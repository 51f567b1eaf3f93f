// The moment that is shown as JSON: what `heapmin map --json` writes.

/** The text in pieces, so that large heaps don't become one huge string. */
function asJson(heap, meta, moment) {
    const head = {
        schema: meta.schema, process: meta.process, time_ms: moment.time_ms, totals: moment.totals,
        heaps: moment.heaps,
    };
    const pieces = [JSON.stringify(head).slice(0, -1), ',"regions":['];
    let separator = '';
    for (let region = 0; region < heap.regions; region++) {
        const first = region * REGION_UNITS, units = [];
        for (let unit = first; unit < first + REGION_UNITS; unit++) {
            if (heap.usage[unit] !== GONE) units.push(unitAsJson(heap, unit));
        }
        if (units.length === 0) continue;
        const huge = [false, true, null][heap.huge[first]];
        const address = heap.numbers[region] * REGION_BYTES;
        pieces.push(separator, JSON.stringify({address, huge, units}));
        separator = ',';
    }
    pieces.push(']}\n');
    return pieces;
}

function unitAsJson(heap, unit) {
    const usage = heap.usage[unit], large = usage === LARGE_HEAD || usage === LARGE_BODY;
    const names = ['unused', 'free_dirty', 'free_clean', null, null, 'large_body', 'engine', 'heap'];
    const live = Array.from(heap.live.subarray(unit * UNIT_PAGES, (unit + 1) * UNIT_PAGES));
    const implied = live.every(bytes => bytes === (large ? PAGE_BYTES : 0));
    let named = names[usage];
    if (usage === SLAB) named = {slab: {block_bytes: heap.size[unit], live_blocks: heap.blocks[unit]}};
    if (usage === LARGE_HEAD) named = {large_head: {bytes: heap.size[unit]}};
    return {
        usage: named,
        heap: heap.owner[unit] > 0 ? heap.owner[unit] - 1 : null,
        resident: heap.resident[unit],
        live: implied ? [] : live,
    };
}

/** Lets the user save it as a file. */
function save(pieces, name) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob(pieces, {type: 'application/json'}));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
