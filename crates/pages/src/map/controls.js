// The inputs that set the filter.

class Controls {
    constructor(filter, changed) {
        this.filter = filter;
        this.changed = changed;
        this.offered = '';
        const number = value => value === '' ? null : Number(value);
        const listen = (id, take) => byId(id).addEventListener('input', event => {
            take(event.target.value);
            changed();
        });
        listen('filter-heap', value => { filter.heap = number(value); });
        listen('filter-use', value => { filter.use = number(value); });
        listen('filter-size', value => { filter.size = number(value); });
        listen('filter-residency', value => { filter.residency = value === '' ? null : value; });
        listen('filter-least', value => {
            filter.least = Number(value);
            if (filter.most < filter.least) byId('filter-most').value = filter.most = filter.least;
            this.told();
        });
        listen('filter-most', value => {
            filter.most = Number(value);
            if (filter.least > filter.most) byId('filter-least').value = filter.least = filter.most;
            this.told();
        });
        byId('reset').addEventListener('click', () => this.reset());
        const uses = byId('filter-use');
        for (const [use, name] of USES) uses.append(new Option(name, use));
    }

    told() {
        byId('range').textContent = `${this.filter.least} – ${this.filter.most} %`;
    }

    /** Offers the heaps and classes of a moment. */
    offer(heaps, sizes) {
        const offered = JSON.stringify([heaps, sizes]);
        if (offered === this.offered) return;
        this.offered = offered;
        const fill = (id, chosen, options) => {
            const select = byId(id);
            select.replaceChildren(new Option('all', ''), ...options);
            select.value = chosen === null ? '' : String(chosen);
            if (select.selectedIndex < 0) { // not there at this moment
                select.append(new Option(`${chosen} (none now)`, chosen));
                select.value = String(chosen);
            }
        };
        fill('filter-heap', this.filter.heap, heaps.map(([number, name]) => new Option(name, number)));
        fill('filter-size', this.filter.size, sizes.map(size => new Option(`${countText(size)} bytes`, size)));
    }

    /** Shows one heap, class or use only. */
    choose(what, value) {
        this.clear();
        this.filter[what] = value;
        byId(`filter-${what}`).value = String(value);
        this.changed();
        byId('picture').scrollIntoView({block: 'nearest'});
    }

    clear() {
        this.filter.reset();
        for (const id of ['heap', 'use', 'size', 'residency']) byId(`filter-${id}`).value = '';
        byId('filter-least').value = 0;
        byId('filter-most').value = 100;
        this.told();
    }

    reset() {
        this.clear();
        this.changed();
    }
}
