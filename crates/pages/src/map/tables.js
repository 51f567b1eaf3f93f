// The numbers behind the picture: cards above it, tables below it.

class Tables {
    constructor({showHeap, showClass, showUse, goTo, heapName}) {
        Object.assign(this, {showHeap, showClass, showUse, goTo, heapName});
        this.order = new Map(); // of each table: [column, descending]
    }

    update(heap, totals, sums) {
        showCards(totals);
        const bar = (part, whole) => ({bar: whole > 0 ? part / whole : 0, text: percentText(part, whole)});
        const bytes = n => ({value: n, text: bytesText(n)});
        const count = n => ({value: n, text: countText(n)});
        this.show('heaps', sorted(sums.heaps).map(([number, sum]) => ({
            act: () => this.showHeap(number),
            cells: [
                {value: number, text: this.heapName(number), dot: number}, bytes(sum.live), count(sum.blocks),
                bytes(sum.committed), bytes(sum.resident), bytes(sum.idle), bar(sum.live, sum.resident),
            ],
        })));
        this.show('classes', sorted(sums.classes).map(([size, sum]) => ({
            act: () => this.showClass(size),
            cells: [
                {value: size, text: `${countText(size)} B`}, count(sum.units), count(sum.blocks),
                bar(sum.blocks, sum.capacity), bytes(sum.live), bytes(sum.resident), bytes(sum.idle),
                bytes(Math.max(0, sum.resident - sum.live)),
            ],
        })));
        this.show('uses', USES.filter(([use]) => sums.uses.has(use)).map(([use, name], i) => {
            const sum = sums.uses.get(use);
            return {
                act: () => this.showUse(use),
                cells: [
                    {value: i, text: name}, bytes(sum.committed), bytes(sum.live), bytes(sum.resident),
                    bytes(sum.idle), bytes(sum.huge),
                ],
            };
        }));
        this.show('large', sums.large.slice(0, 50).map(unit => ({
            act: () => this.goTo(unit * UNIT_PAGES),
            cells: [
                {value: heap.addressOf(unit * UNIT_PAGES), text: addressText(heap.addressOf(unit * UNIT_PAGES))},
                bytes(heap.size[unit]),
                {value: heap.owner[unit], text: heap.owner[unit] > 0 ? this.heapName(heap.owner[unit] - 1) : '–'},
            ],
        })));
    }

    /** Fills a table; a click on a title sorts it. */
    show(id, rows) {
        const table = document.getElementById(`table-${id}`);
        table.closest('section').hidden = rows.length === 0;
        const titles = [...table.querySelectorAll('thead th')];
        titles.forEach((title, column) => {
            const button = title.querySelector('button');
            button.onclick = () => {
                const [before, descending] = this.order.get(id) ?? [];
                this.order.set(id, [column, before === column ? !descending : column > 0]);
                this.show(id, rows);
            };
        });
        const [column, descending] = this.order.get(id) ?? [];
        titles.forEach((title, i) => {
            title.ariaSort = i !== column ? 'none' : descending ? 'descending' : 'ascending';
        });
        const key = row => row.cells[column].value ?? row.cells[column].bar;
        const inOrder = column === undefined ? rows
            : [...rows].sort((a, b) => (descending ? -1 : 1) * (key(a) - key(b)));
        table.tBodies[0].replaceChildren(...inOrder.map(row => tableRow(row)));
    }
}

/** The entries of a map, by their numbers. */
function sorted(map) {
    return [...map].sort(([a], [b]) => a - b);
}

function tableRow({act, cells}) {
    const row = make('tr');
    cells.forEach((cell, i) => {
        const element = make('td');
        if (i === 0) {
            const button = make('button', cell.text, 'link');
            if (cell.dot !== undefined) {
                const dot = make('span', undefined, 'dot');
                dot.style.background = HEAP_COLOURS[cell.dot % HEAP_COLOURS.length];
                button.prepend(dot);
            }
            button.onclick = act;
            element.append(button);
        } else if (cell.bar !== undefined) {
            element.className = 'share';
            const bar = make('span', undefined, 'bar'), part = make('span');
            part.style.width = `${Math.min(100, 100 * cell.bar)}%`;
            bar.append(part);
            element.append(bar, make('span', cell.text));
        } else {
            element.textContent = cell.text;
        }
        row.append(element);
    });
    return row;
}

const CARDS = [
    ['live_bytes', 'live', 'in live blocks'],
    ['resident_bytes', 'resident', 'in memory, with everything the heaps need'],
    ['reclaimable_bytes', 'reclaimable', 'in memory without a live block: a trim gives it back'],
    ['fragmented_bytes', 'fragmented', 'free, on pages with live blocks'],
    ['metadata_bytes', 'the heap\'s own', 'tables, caches, records'],
    ['committed_bytes', 'committed', 'taken from the window, in memory or not'],
    ['huge_page_bytes', 'huge pages', 'in huge pages of 2 MiB'],
    ['returned_bytes', 'returned', 'given back to the system so far'],
];

function showCards(totals) {
    document.getElementById('cards').replaceChildren(...CARDS.map(([field, name, meaning]) => {
        const card = make('div', undefined, `card ${field}`);
        card.title = meaning;
        card.append(make('span', name), make('strong', bytesText(totals[field])));
        if (field === 'live_bytes') card.append(make('small', `${countText(totals.live_blocks)} blocks`));
        if (field === 'resident_bytes' && totals.process_resident_bytes > 0) {
            card.append(make('small', `${bytesText(totals.process_resident_bytes)} of the whole process`));
        }
        if (field === 'reclaimable_bytes' || field === 'fragmented_bytes') {
            card.append(make('small', `${percentText(totals[field], totals.resident_bytes)} of resident`));
        }
        return card;
    }));
}
