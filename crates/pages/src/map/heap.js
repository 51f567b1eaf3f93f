// The heaps at one moment of the film, in arrays: an entry for each unit or page of every region that
// is in use at any moment. "Unit" and "page" are indexes into these arrays from here on.

const PAGE_BYTES = 4096;
const UNIT_PAGES = 16;
const UNIT_BYTES = PAGE_BYTES * UNIT_PAGES;
const REGION_UNITS = 32;
const REGION_PAGES = REGION_UNITS * UNIT_PAGES;
const REGION_BYTES = REGION_UNITS * UNIT_BYTES;

const UNUSED = 0, FREE_DIRTY = 1, FREE_CLEAN = 2, SLAB = 3, LARGE_HEAD = 4, LARGE_BODY = 5;
const ENGINE = 6, RECORD = 7, GONE = 15;
const HUGE_NO = 0, HUGE_YES = 1;

class Heap {
    /** Nothing in any of these regions yet: runs of regions, as first number and count. */
    constructor(runs) {
        const numbers = [];
        for (const [first, count] of runs) {
            for (let i = 0; i < count; i++) numbers.push(first + i);
        }
        this.numbers = Float64Array.from(numbers);
        this.regions = numbers.length;
        const units = this.regions * REGION_UNITS;
        this.units = units;
        this.pages = units * UNIT_PAGES;
        this.usage = new Uint8Array(units).fill(GONE);
        this.huge = new Uint8Array(units).fill(2);
        this.owner = new Uint32Array(units); // 0: none, else the heap's number and 1
        this.size = new Float64Array(units);
        this.blocks = new Uint32Array(units);
        this.resident = new Uint16Array(units);
        this.live = new Uint16Array(this.pages);
        this.head = new Int32Array(units).fill(-1); // the first unit of the large block
    }

    /** The arrays that make up a moment. */
    get arrays() {
        return [this.usage, this.huge, this.owner, this.size, this.blocks, this.resident, this.live];
    }

    /** A copy of the moment, for restore(). */
    copy() {
        return this.arrays.map(array => array.slice());
    }

    /** Goes back to a moment. */
    restore(copy) {
        this.arrays.forEach((array, i) => array.set(copy[i]));
        this.link();
    }

    /** The region with a number, or that before the gap in which it is; -1: before all. */
    regionBefore(number) {
        let low = 0, high = this.regions;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.numbers[middle] <= number) low = middle + 1;
            else high = middle;
        }
        return low - 1;
    }

    /** The page at an address; -1: none. */
    pageAt(address) {
        const number = Math.floor(address / REGION_BYTES);
        const region = this.regionBefore(number);
        if (region < 0 || this.numbers[region] !== number) return -1;
        return region * REGION_PAGES + Math.floor((address % REGION_BYTES) / PAGE_BYTES);
    }

    /** Where a page begins. */
    addressOf(page) {
        const region = Math.floor(page / REGION_PAGES);
        return this.numbers[region] * REGION_BYTES + (page % REGION_PAGES) * PAGE_BYTES;
    }

    /** Goes to the next moment. Returns the regions that changed. */
    apply(bytes) {
        const columns = new Columns(bytes);
        const count = columns.varint(), listed = columns.varint();
        const units = new Int32Array(count);
        const changed = new Set();
        let number = 0, region = -1;
        for (let i = 0; i < count; i++) {
            number += columns.varint();
            const regionNumber = Math.floor(number / REGION_UNITS);
            if (region < 0 || this.numbers[region] !== regionNumber) {
                region = this.regionBefore(regionNumber);
                changed.add(region);
            }
            units[i] = region * REGION_UNITS + number % REGION_UNITS;
        }
        const kinds = columns.take(count);
        for (let i = 0; i < count; i++) {
            this.usage[units[i]] = kinds[i] & 15;
            this.huge[units[i]] = kinds[i] >> 6;
        }
        for (const unit of units) this.owner[unit] = columns.varint();
        for (const unit of units) {
            const sized = this.usage[unit] === SLAB || this.usage[unit] === LARGE_HEAD;
            this.size[unit] = sized ? columns.varint() : 0;
        }
        for (const unit of units) {
            this.blocks[unit] = this.usage[unit] === SLAB ? columns.varint() : 0;
        }
        const low = columns.take(count), high = columns.take(count);
        for (let i = 0; i < count; i++) this.resident[units[i]] = low[i] | high[i] << 8;
        const liveLow = columns.take(listed * UNIT_PAGES), liveHigh = columns.take(listed * UNIT_PAGES);
        for (let i = 0, at = 0; i < count; i++) {
            const page = units[i] * UNIT_PAGES, form = kinds[i] >> 4 & 3;
            if (form === 2) {
                for (let p = 0; p < UNIT_PAGES; p++, at++) {
                    this.live[page + p] = liveLow[at] | liveHigh[at] << 8;
                }
            } else {
                this.live.fill(form === 1 ? PAGE_BYTES : 0, page, page + UNIT_PAGES);
            }
        }
        this.link();
        return changed;
    }

    /** Finds the first unit of each large block. */
    link() {
        let head = -1;
        for (let unit = 0; unit < this.units; unit++) {
            const usage = this.usage[unit];
            const gap = unit % REGION_UNITS === 0 && unit > 0 &&
                this.numbers[unit / REGION_UNITS] !== this.numbers[unit / REGION_UNITS - 1] + 1;
            if (usage === LARGE_HEAD) head = unit;
            else if (usage !== LARGE_BODY || gap) head = -1;
            this.head[unit] = head;
        }
    }

    /** Whether a page is in memory. */
    inMemory(page) {
        return (this.resident[page >> 4] >> (page & 15) & 1) === 1;
    }
}
