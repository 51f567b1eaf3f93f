// What is drawn over the picture: borders of pages, units, large blocks and huge pages, gaps between
// regions, addresses, and the page that is selected.

const PAGE_LINES = 7; // pixels of a page from which borders of pages are drawn
const UNIT_LINES = 1.6; // and of units and large blocks

function drawOverlay(view, context, sight) {
    const {layout, heap, scale, colours} = view;
    for (let row = sight.top; row <= sight.bottom; row++) {
        for (let column = sight.left; column <= sight.right; column++) {
            const region = row * layout.columns + column;
            if (region >= heap.regions) break;
            if (heap.usage[region * REGION_UNITS] === GONE) continue;
            if (scale >= PAGE_LINES) drawPages(view, context, region);
            if (scale >= UNIT_LINES) drawUnits(view, context, region);
            drawHuge(view, context, region);
            drawGap(view, context, region);
        }
    }
    const mark = (page, colour, width) => {
        if (page < 0) return;
        const [left, top] = view.toElement(...layout.pagePlace(page));
        const size = Math.max(scale, 5), shift = (size - scale) / 2;
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.strokeRect(left - shift, top - shift, size, size);
    };
    mark(view.pointed, colours.theme.outline, 1);
    mark(view.selected, colours.theme.background, 5);
    mark(view.selected, colours.theme.outline, 2);
}

/** Borders of pages; live ones that are not in memory are hollow. */
function drawPages(view, context, region) {
    const {heap, layout, scale, colours} = view;
    const [left, top] = view.toElement(...layout.place(region));
    context.strokeStyle = colours.theme.line;
    context.globalAlpha = 0.55;
    context.lineWidth = 1;
    context.beginPath();
    for (let x = 0; x <= REGION_WIDTH; x++) {
        context.moveTo(left + x * scale, top);
        context.lineTo(left + x * scale, top + REGION_HEIGHT * scale);
    }
    for (let y = 0; y <= REGION_HEIGHT; y++) {
        context.moveTo(left, top + y * scale);
        context.lineTo(left + REGION_WIDTH * scale, top + y * scale);
    }
    context.stroke();
    context.globalAlpha = 0.8;
    context.fillStyle = colours.theme.background;
    const inset = scale * 0.28;
    for (let i = 0, page = region * REGION_PAGES; i < REGION_PAGES; i++, page++) {
        if (heap.live[page] === 0 || heap.inMemory(page)) continue;
        const [x, y] = view.toElement(...layout.pagePlace(page));
        if (x < -scale || y < -scale || x > view.canvas.width || y > view.height) continue;
        context.fillRect(x + inset, y + inset, scale - 2 * inset, scale - 2 * inset);
    }
    context.globalAlpha = 1;
}

/** Borders of units, none within a large block, whose own are brighter. */
function drawUnits(view, context, region) {
    const {heap, layout, scale, colours} = view;
    const [left, top] = view.toElement(...layout.place(region));
    const side = 4 * scale, first = region * REGION_UNITS;
    const thin = new Path2D(), thick = new Path2D();
    const head = (x, y) =>
        x < 0 || x > 7 || y < 0 || y > 3 ? -1 : heap.head[first + y * 8 + x];
    for (let unit = 0; unit < REGION_UNITS; unit++) {
        const x = unit & 7, y = unit >> 3, own = head(x, y);
        const path = own < 0 ? thin : thick;
        const cornerX = left + x * side, cornerY = top + y * side;
        const edge = (otherX, otherY, fromX, fromY, toX, toY) => {
            if (own >= 0 && head(otherX, otherY) === own) return;
            path.moveTo(cornerX + fromX * side, cornerY + fromY * side);
            path.lineTo(cornerX + toX * side, cornerY + toY * side);
        };
        edge(x - 1, y, 0, 0, 0, 1);
        edge(x + 1, y, 1, 0, 1, 1);
        edge(x, y - 1, 0, 0, 1, 0);
        edge(x, y + 1, 0, 1, 1, 1);
    }
    context.strokeStyle = colours.theme.line;
    context.lineWidth = Math.min(2, Math.max(0.6, scale / 6));
    context.stroke(thin);
    context.strokeStyle = colours.theme.large;
    context.lineWidth = Math.min(2.5, Math.max(0.8, scale / 5));
    context.stroke(thick);
}

/** A frame around a region that is one huge page. */
function drawHuge(view, context, region) {
    const {heap, layout, scale, colours} = view;
    if (heap.huge[region * REGION_UNITS] !== HUGE_YES) return;
    const [left, top] = view.toElement(...layout.place(region));
    context.strokeStyle = colours.theme.huge;
    context.lineWidth = Math.min(3, Math.max(0.7, scale * 0.7));
    const out = context.lineWidth / 2;
    context.strokeRect(left - out, top - out, REGION_WIDTH * scale + 2 * out, REGION_HEIGHT * scale + 2 * out);
}

/** A broken line before a region whose predecessor isn't the one shown before it. */
function drawGap(view, context, region) {
    const {heap, layout, scale, colours} = view;
    if (region === 0 || heap.numbers[region] === heap.numbers[region - 1] + 1) return;
    if (scale < 0.8) return;
    const [x, y] = layout.place(region);
    const [left, top] = view.toElement(x - GAP / 2, y);
    context.strokeStyle = colours.theme.text;
    context.lineWidth = 1;
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(left, top);
    context.lineTo(left, top + REGION_HEIGHT * scale);
    context.stroke();
    context.setLineDash([]);
}

/** At the left, where each row begins. */
function drawAddresses(view, context, sight) {
    const {heap, layout, scale, colours} = view;
    const step = Math.max(1, Math.ceil(15 / (STEP_Y * scale)));
    context.font = '11px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace';
    context.textBaseline = 'top';
    context.fillStyle = colours.theme.text;
    const first = Math.ceil(sight.top / step) * step;
    for (let row = first; row <= sight.bottom; row += step) {
        const top = view.toElement(0, row * STEP_Y)[1];
        if (top < -2 && scale * STEP_Y < view.height) continue;
        const address = heap.numbers[row * layout.columns] * REGION_BYTES;
        context.fillText(addressText(address), 10, Math.max(2, top));
    }
}
