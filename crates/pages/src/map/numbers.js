// Sums over the heaps, and numbers as text.

/** Bytes for people, in the way of the command line. */
function bytesText(bytes) {
    if (bytes === null || bytes === undefined) return 'unknown';
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let unit = 0, value = bytes;
    while (value >= 1023.5 && unit < units.length - 1) {
        value /= 1024;
        unit++;
    }
    const digits = unit === 0 ? 0 : value < 9.995 ? 1 : value < 99.95 ? 1 : 0;
    return `${value.toFixed(digits)} ${units[unit]}`;
}

/** A count with separators. */
function countText(count) {
    return count.toLocaleString('en');
}

/** A share from 0 to 1. */
function percentText(part, whole) {
    if (whole === 0) return '–';
    const percent = 100 * part / whole;
    return `${percent > 0 && percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/** An address. */
function addressText(address) {
    return '0x' + address.toString(16).padStart(12, '0');
}

/** A time of day, or a date with one. */
function timeText(milliseconds, date) {
    const time = new Date(milliseconds);
    const two = number => String(number).padStart(2, '0');
    const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
    if (!date) return clock;
    return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}

/** What a kind of use is called, in the order of tables. */
const USES = [
    [SLAB, 'slabs'],
    [LARGE_HEAD, 'large blocks'],
    [FREE_DIRTY, 'free, may be in memory'],
    [FREE_CLEAN, 'free, given back'],
    [UNUSED, 'never used'],
    [ENGINE, 'the heap\'s own'],
    [RECORD, 'heap records'],
];

/** The kind under which a unit's use is counted. */
function useOf(usage) {
    return usage === LARGE_BODY ? LARGE_HEAD : usage;
}

function emptySum() {
    return {units: 0, committed: 0, live: 0, blocks: 0, capacity: 0, resident: 0, idle: 0, huge: 0};
}

/** Sums by heap, by class, by use, and the large blocks. */
function summarize(heap) {
    const heaps = new Map(), classes = new Map(), uses = new Map(), large = [];
    const sum = (map, key) => {
        let found = map.get(key);
        if (!found) map.set(key, found = emptySum());
        return found;
    };
    for (let unit = 0; unit < heap.units; unit++) {
        const usage = heap.usage[unit];
        if (usage === GONE) continue;
        let live = 0, resident = 0, idle = 0;
        const bits = heap.resident[unit];
        for (let p = 0, page = unit * UNIT_PAGES; p < UNIT_PAGES; p++, page++) {
            live += heap.live[page];
            if (bits >> p & 1) {
                resident += PAGE_BYTES;
                if (heap.live[page] === 0) idle += PAGE_BYTES;
            }
        }
        const sums = [sum(uses, useOf(usage))];
        if (heap.owner[unit] > 0) sums.push(sum(heaps, heap.owner[unit] - 1));
        let blocks = 0, capacity = 0;
        if (usage === SLAB) {
            sums.push(sum(classes, heap.size[unit]));
            blocks = heap.blocks[unit];
            capacity = heap.size[unit] > 0 ? Math.floor(UNIT_BYTES / heap.size[unit]) : 0;
            // Blocks across the ends of pages: what pages say and what blocks take is the same.
            live = blocks * heap.size[unit];
        } else if (usage === LARGE_HEAD) {
            blocks = capacity = 1;
            large.push(unit);
        }
        for (const total of sums) {
            total.units++;
            total.committed += UNIT_BYTES;
            total.live += live;
            total.blocks += blocks;
            total.capacity += capacity;
            total.resident += resident;
            total.idle += idle;
            if (heap.huge[unit] === HUGE_YES) total.huge += UNIT_BYTES;
        }
    }
    large.sort((a, b) => heap.size[b] - heap.size[a]);
    return {heaps, classes, uses, large};
}
