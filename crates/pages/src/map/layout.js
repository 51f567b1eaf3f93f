// Where regions and pages are in the picture. Everything is counted in pages' widths.
//
//   region: 8 × 4 units      unit: 4 × 4 pages      both from left to right, then downwards

const REGION_WIDTH = 32, REGION_HEIGHT = 16, GAP = 2;
const STEP_X = REGION_WIDTH + GAP, STEP_Y = REGION_HEIGHT + GAP;

class Layout {
    constructor(regions) {
        this.regions = regions;
        this.columns = 1;
    }

    get rows() {
        return Math.ceil(this.regions / this.columns);
    }

    get width() {
        return Math.min(this.columns, Math.max(this.regions, 1)) * STEP_X - GAP;
    }

    get height() {
        return Math.max(this.rows, 1) * STEP_Y - GAP;
    }

    /** Chooses the columns with which all regions are largest in so many pixels. Returns how many
        pixels a page takes then. */
    fit(width, height) {
        let best = 0;
        for (let columns = 1; columns <= Math.max(this.regions, 1); columns++) {
            const rows = Math.ceil(this.regions / columns);
            const scale = Math.min(width / (columns * STEP_X - GAP), height / (rows * STEP_Y - GAP));
            if (scale > best) {
                best = scale;
                this.columns = columns;
            }
        }
        return best;
    }

    /** The upper left corner of a region. */
    place(region) {
        return [(region % this.columns) * STEP_X, Math.floor(region / this.columns) * STEP_Y];
    }

    /** The upper left corner of a page. */
    pagePlace(page) {
        const [x, y] = this.place(Math.floor(page / REGION_PAGES));
        const unit = page % REGION_PAGES >> 4, inUnit = page & 15;
        return [
            x + (unit & 7) * 4 + (inUnit & 3),
            y + (unit >> 3) * 4 + (inUnit >> 2),
        ];
    }

    /** The page at a place; -1: none. */
    pageAt(x, y) {
        const column = Math.floor(x / STEP_X), row = Math.floor(y / STEP_Y);
        const left = Math.floor(x - column * STEP_X), top = Math.floor(y - row * STEP_Y);
        const region = row * this.columns + column;
        if (column < 0 || column >= this.columns || row < 0 || region >= this.regions) return -1;
        if (left >= REGION_WIDTH || top >= REGION_HEIGHT) return -1;
        const unit = (top >> 2) * 8 + (left >> 2);
        return region * REGION_PAGES + unit * UNIT_PAGES + (top & 3) * 4 + (left & 3);
    }

    /** The page beside another, so many steps to the right and down; itself at the edge. */
    beside(page, right, down) {
        const [x, y] = this.pagePlace(page);
        for (let far = 1; far <= 1 + GAP; far++) {
            const found = this.pageAt(x + right * far, y + down * far);
            if (found >= 0) return found;
        }
        return page;
    }
}
