// Which colour a page has. Ramps go with the theme so that more live bytes always stand out more from
// the background, but less than orange: that is memory which nobody uses.

const RAMPS = {
    dark: ['#27347f', '#2a5aa6', '#2483bb', '#2ba6bb', '#4cc4ae', '#86dca6'],
    light: ['#e3f4c0', '#a8dcb8', '#62c0c3', '#2d93bf', '#2462a4', '#123880'],
};
const HEAP_COLOURS = [
    '#4e9fe5', '#f2b134', '#59c3a5', '#e0709c', '#a58be8', '#8fc04f', '#e57f55', '#5fd0e0', '#c9a27e',
    '#b6bf3f',
];
const THEMES = {
    dark: {
        background: '#0e141b', unused: '#151d26', returned: '#233140', idle: '#ff7a1a', own: '#6d7b8a',
        absent: 0.34, line: '#0e141b', outline: '#f4f7fa', huge: '#ffd23f', text: '#9fb0c0',
        resident: '#41b6c4', large: '#b78cf0', slab: '#41a6e0',
    },
    light: {
        background: '#ffffff', unused: '#f1f4f7', returned: '#dde4eb', idle: '#ec6a00', own: '#8a97a5',
        absent: 0.34, line: '#ffffff', outline: '#10202f', huge: '#b8860b', text: '#51616f',
        resident: '#1d91c0', large: '#8a55d6', slab: '#1d7fc4',
    },
};

function parts(colour) {
    return [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16));
}

function mix(from, to, share) {
    return from.map((part, i) => Math.round(part + (to[i] - part) * share));
}

/** A colour as a word of ImageData. */
function word([red, green, blue]) {
    return (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
}

function cssColour([red, green, blue]) {
    return `rgb(${red} ${green} ${blue})`;
}

class Colours {
    constructor() {
        this.mode = 'live';
        this.setTheme('dark');
    }

    setTheme(name) {
        this.theme = THEMES[name];
        this.stops = RAMPS[name].map(parts);
        this.background = parts(this.theme.background);
        this.words = {};
        for (const kind of ['unused', 'returned', 'idle', 'own', 'background']) {
            this.words[kind] = word(parts(this.theme[kind]));
        }
        this.words.ownAbsent = this.absent(parts(this.theme.own));
        this.live = Uint32Array.from({length: 257}, (_, i) => word(this.share(i / 256)));
        this.liveAbsent = Uint32Array.from({length: 257}, (_, i) => this.absent(this.share(i / 256)));
        this.tables = new Map();
        this.dim = word(mix(this.background, parts(this.theme.returned), 0.45));
    }

    /** The colour of a live share. */
    share(share) {
        const place = share * (this.stops.length - 1), stop = Math.min(Math.floor(place), this.stops.length - 2);
        return mix(this.stops[stop], this.stops[stop + 1], place - stop);
    }

    absent(colour) {
        return word(mix(this.background, colour, this.theme.absent));
    }

    heapColour(number) {
        return parts(HEAP_COLOURS[number % HEAP_COLOURS.length]);
    }

    /** The colour of a size class, by the logarithm of its size. */
    classColour(size) {
        const place = Math.min(1, Math.max(0, (Math.log2(Math.max(size, 16)) - 4) / 10.5));
        // From blue over green to yellow, and on from red to violet: orange means something else.
        const along = 220 * place;
        return fromHue(along < 155 ? 215 - along : (520 - along) % 360);
    }

    /** A table of 257 colours from nearly the background to a colour, and the same for pages that are
        not in memory. */
    table(key, colour) {
        let found = this.tables.get(key);
        if (!found) {
            const at = i => mix(this.background, colour(), 0.3 + 0.7 * i / 256);
            found = {
                live: Uint32Array.from({length: 257}, (_, i) => word(at(i))),
                absent: Uint32Array.from({length: 257}, (_, i) => this.absent(at(i))),
            };
            this.tables.set(key, found);
        }
        return found;
    }

    /** The tables of a unit in use, in the present mode. */
    tableOf(heap, unit) {
        const slab = heap.usage[unit] === SLAB;
        switch (this.mode) {
        case 'heap': {
            const owner = heap.owner[unit];
            if (owner === 0) return this.table('own', () => parts(this.theme.own));
            return this.table(`h${(owner - 1) % HEAP_COLOURS.length}`, () => this.heapColour(owner - 1));
        }
        case 'class':
            if (!slab) return this.table('large', () => parts(this.theme.large));
            return this.table(`c${heap.size[unit]}`, () => this.classColour(heap.size[unit]));
        case 'use':
            if (slab) return this.table('slab', () => parts(this.theme.slab));
            return this.table('large', () => parts(this.theme.large));
        default:
            return this;
        }
    }

    /** Writes the colours of a unit's pages into `to`. */
    paint(heap, unit, to) {
        const usage = heap.usage[unit], bits = heap.resident[unit], words = this.words;
        if (usage === GONE) {
            to.fill(words.background);
            return;
        }
        if (this.mode === 'residency') {
            this.paintResidency(heap, unit, to);
            return;
        }
        const own = usage === ENGINE || usage === RECORD;
        const used = usage === SLAB || usage === LARGE_HEAD || usage === LARGE_BODY;
        const table = used ? this.tableOf(heap, unit) : null;
        const live = table && table === this ? this.live : table?.live;
        const absent = table && table === this ? this.liveAbsent : table?.absent;
        for (let p = 0, page = unit * UNIT_PAGES; p < UNIT_PAGES; p++, page++) {
            const inMemory = bits >> p & 1;
            if (own) {
                to[p] = inMemory ? words.own : words.ownAbsent;
            } else if (used && heap.live[page] > 0) {
                to[p] = (inMemory ? live : absent)[heap.live[page] >> 4];
            } else if (inMemory) {
                to[p] = words.idle;
            } else {
                to[p] = usage === UNUSED ? words.unused : words.returned;
            }
        }
    }

    paintResidency(heap, unit, to) {
        const usage = heap.usage[unit], bits = heap.resident[unit];
        const huge = heap.huge[unit] === HUGE_YES;
        const inMemory = word(parts(huge ? this.theme.huge : this.theme.resident));
        const out = usage === UNUSED ? this.words.unused : this.words.returned;
        for (let p = 0; p < UNIT_PAGES; p++) to[p] = bits >> p & 1 ? inMemory : out;
    }
}

/** A colour by its hue, all equally bright to the eye as far as sRGB allows. */
function fromHue(hue) {
    const part = offset => {
        const k = (offset + hue / 30) % 12;
        return Math.round(255 * (0.62 - 0.31 * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
    };
    return [part(0), part(8), part(4)];
}
