// Which pages are shown; the others are dimmed.

class Filter {
    constructor() {
        this.reset();
    }

    reset() {
        this.heap = null; // number
        this.use = null; // as useOf() gives it
        this.size = null; // of a class, in bytes
        this.residency = null; // 'in', 'out', 'idle', 'huge'
        this.least = 0; // percent of live bytes
        this.most = 100;
    }

    get active() {
        return this.heap !== null || this.use !== null || this.size !== null ||
            this.residency !== null || this.least > 0 || this.most < 100;
    }

    /** Whether pages of this unit may match. */
    unit(heap, unit) {
        const usage = heap.usage[unit];
        if (usage === GONE) return false;
        if (this.heap !== null && heap.owner[unit] !== this.heap + 1) return false;
        if (this.use !== null && useOf(usage) !== this.use) return false;
        if (this.size !== null && (usage !== SLAB || heap.size[unit] !== this.size)) return false;
        return this.residency !== 'huge' || heap.huge[unit] === HUGE_YES;
    }

    /** Whether a page of a unit that may match does. */
    page(heap, page) {
        const inMemory = heap.inMemory(page), live = heap.live[page];
        if (this.residency === 'in' && !inMemory) return false;
        if (this.residency === 'out' && inMemory) return false;
        if (this.residency === 'idle' && (!inMemory || live > 0)) return false;
        const percent = 100 * live / PAGE_BYTES;
        return percent >= this.least && percent <= this.most;
    }

    /** Pages that match, and bytes of them: all, live, in memory. */
    count(heap) {
        const found = {pages: 0, live: 0, resident: 0};
        for (let unit = 0; unit < heap.units; unit++) {
            if (!this.unit(heap, unit)) continue;
            for (let page = unit * UNIT_PAGES; page < (unit + 1) * UNIT_PAGES; page++) {
                if (!this.page(heap, page)) continue;
                found.pages++;
                found.live += heap.live[page];
                if (heap.inMemory(page)) found.resident += PAGE_BYTES;
            }
        }
        return found;
    }
}
