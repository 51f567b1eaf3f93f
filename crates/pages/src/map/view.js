// Draws the part of the picture that is to be seen. A row of regions is painted once, a pixel a page
// (or a unit, when pages are too small to be seen), and then drawn as large as the zoom says.

const GUTTER = 116; // pixels at the left, for addresses
const FAR = 0.3; // below so many pixels a page, a pixel is a unit
const MOST = 48; // pixels of a page at most

class View {
    constructor(canvas, heap, colours, filter) {
        Object.assign(this, {canvas, heap, colours, filter});
        this.layout = new Layout(heap.regions);
        this.rows = new Map(); // painted rows, by 'far' and number
        this.scale = 1;
        this.x = 0; // what is at the upper left corner
        this.y = 0;
        this.fitted = true;
        this.selected = -1;
        this.pointed = -1;
        this.scheduled = false;
        this.drawn = 0; // how often
        this.onChange = () => {};
    }

    /** Takes over the size of the element. */
    resize() {
        const box = this.canvas.getBoundingClientRect();
        this.ratio = window.devicePixelRatio || 1;
        this.width = Math.max(box.width - GUTTER, 50);
        this.height = Math.max(box.height, 50);
        this.canvas.width = Math.round(box.width * this.ratio);
        this.canvas.height = Math.round(box.height * this.ratio);
        if (this.fitted) this.fit();
        else this.schedule();
    }

    /** Shows everything. */
    fit() {
        const columns = this.layout.columns;
        const scale = this.layout.fit(this.width - 16, this.height - 16);
        if (columns !== this.layout.columns) this.rows.clear();
        this.scale = this.smallest = Math.min(scale, 24);
        this.x = -(this.width / this.scale - this.layout.width) / 2;
        this.y = -8 / this.scale;
        this.fitted = true;
        this.schedule();
    }

    /** Zooms so that what is at a place of the element stays there. */
    zoom(factor, left = GUTTER + this.width / 2, top = this.height / 2) {
        const scale = Math.min(MOST, Math.max(this.smallest * 0.8, this.scale * factor));
        const [x, y] = this.toPicture(left, top);
        this.scale = scale;
        this.x = x - (left - GUTTER) / scale;
        this.y = y - top / scale;
        this.moved();
    }

    /** Moves the picture by so many pixels. */
    pan(right, down) {
        this.x -= right / this.scale;
        this.y -= down / this.scale;
        this.moved();
    }

    moved() {
        // A part of the picture always stays in sight.
        const wide = this.width / this.scale, high = this.height / this.scale;
        const {width, height} = this.layout;
        this.x = Math.min(Math.max(this.x, Math.min(0, width - wide) - wide / 2), Math.max(0, width - wide) + wide / 2);
        this.y = Math.min(Math.max(this.y, Math.min(0, height - high) - high / 2), Math.max(0, height - high) + high / 2);
        this.fitted = false;
        this.schedule();
    }

    /** Moves a page into sight, and near enough to be seen if asked. */
    show(page, near) {
        if (near && this.scale < 10) this.scale = 10;
        const [x, y] = this.layout.pagePlace(page);
        const wide = this.width / this.scale, high = this.height / this.scale;
        const inside = x >= this.x && x + 1 <= this.x + wide && y >= this.y && y + 1 <= this.y + high;
        if (inside && !near) return;
        this.x = x + 0.5 - wide / 2;
        this.y = y + 0.5 - high / 2;
        this.moved();
    }

    toPicture(left, top) {
        return [this.x + (left - GUTTER) / this.scale, this.y + top / this.scale];
    }

    toElement(x, y) {
        return [GUTTER + (x - this.x) * this.scale, (y - this.y) * this.scale];
    }

    /** The page under a place of the element; -1: none. */
    pageUnder(left, top) {
        return left < GUTTER ? -1 : this.layout.pageAt(...this.toPicture(left, top));
    }

    /** Forgets what was painted: of these regions, or of all. */
    repaint(regions) {
        if (!regions) {
            this.rows.clear();
        } else {
            for (const region of regions) {
                const row = Math.floor(region / this.layout.columns);
                this.rows.delete(`near ${row}`);
                this.rows.delete(`far ${row}`);
            }
        }
        this.schedule();
    }

    schedule() {
        if (this.scheduled) return;
        this.scheduled = true;
        requestAnimationFrame(() => {
            this.scheduled = false;
            this.draw();
        });
    }

    /** The regions of a row, a pixel a page or unit. */
    painted(row, far) {
        const key = `${far ? 'far' : 'near'} ${row}`;
        let painted = this.rows.get(key);
        if (painted) return painted;
        const first = row * this.layout.columns;
        const count = Math.min(this.layout.columns, this.heap.regions - first);
        painted = document.createElement('canvas');
        painted.width = count * (far ? 8 : REGION_WIDTH);
        painted.height = far ? 4 : REGION_HEIGHT;
        const context = painted.getContext('2d');
        const image = context.createImageData(painted.width, painted.height);
        const pixels = new Uint32Array(image.data.buffer);
        const pages = new Uint32Array(UNIT_PAGES);
        for (let i = 0; i < count * REGION_UNITS; i++) {
            const unit = first * REGION_UNITS + i;
            this.colours.paint(this.heap, unit, pages);
            if (this.filter.active) this.dim(unit, pages);
            const left = Math.floor(i / REGION_UNITS) * 8 + (i & 7), top = (i >> 3) & 3;
            if (far) pixels[top * painted.width + left] = average(pages);
            else blit(pages, pixels, painted.width, left * 4, top * 4);
        }
        context.putImageData(image, 0, 0);
        this.rows.set(key, painted);
        return painted;
    }

    dim(unit, pages) {
        const any = this.filter.unit(this.heap, unit);
        if (!any && this.heap.usage[unit] === GONE) return;
        for (let p = 0; p < UNIT_PAGES; p++) {
            if (!any || !this.filter.page(this.heap, unit * UNIT_PAGES + p)) pages[p] = this.colours.dim;
        }
    }

    draw() {
        const context = this.canvas.getContext('2d');
        const {layout, scale, colours} = this;
        context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
        context.fillStyle = colours.theme.background;
        context.fillRect(0, 0, this.width + GUTTER, this.height);
        context.save();
        context.beginPath();
        context.rect(GUTTER, 0, this.width, this.height);
        context.clip();
        const far = scale * this.ratio < FAR;
        const wide = far ? 8 : REGION_WIDTH, high = far ? 4 : REGION_HEIGHT;
        context.imageSmoothingEnabled = scale * this.ratio < (far ? FAR : 1);
        const sight = this.sight();
        for (let row = sight.top; row <= sight.bottom; row++) {
            const painted = this.painted(row, far);
            for (let column = sight.left; column <= sight.right; column++) {
                if (column * wide >= painted.width) break;
                const [left, top] = this.toElement(column * STEP_X, row * STEP_Y);
                context.drawImage(painted, column * wide, 0, wide, high,
                    left, top, REGION_WIDTH * scale, REGION_HEIGHT * scale);
            }
        }
        drawOverlay(this, context, sight);
        context.restore();
        drawAddresses(this, context, sight);
        this.drawn++;
        this.onChange();
    }

    /** The rows and columns of regions that are to be seen. */
    sight() {
        const [x, y] = this.toPicture(GUTTER, 0);
        const [right, bottom] = this.toPicture(GUTTER + this.width, this.height);
        return {
            left: Math.max(0, Math.floor(x / STEP_X)),
            right: Math.min(this.layout.columns - 1, Math.floor(right / STEP_X)),
            top: Math.max(0, Math.floor(y / STEP_Y)),
            bottom: Math.min(this.layout.rows - 1, Math.floor(bottom / STEP_Y)),
        };
    }
}

/** Copies the pages of a unit into a picture. */
function blit(pages, pixels, width, left, top) {
    for (let p = 0; p < UNIT_PAGES; p++) pixels[(top + (p >> 2)) * width + left + (p & 3)] = pages[p];
}

/** The colour between those of a unit's pages. */
function average(pages) {
    let red = 0, green = 0, blue = 0;
    for (const page of pages) {
        red += page & 255;
        green += page >> 8 & 255;
        blue += page >> 16 & 255;
    }
    return word([red >> 4, green >> 4, blue >> 4]);
}
