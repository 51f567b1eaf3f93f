// Mouse, touch, and keys on the picture.

function listen(view, {select, point}) {
    const canvas = view.canvas;
    const pointers = new Map();
    let moved = 0, spread = 0;
    const place = event => {
        const box = canvas.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top];
    };
    const distance = () => {
        const [a, b] = [...pointers.values()];
        return Math.hypot(a[0] - b[0], a[1] - b[1]);
    };

    canvas.addEventListener('wheel', event => {
        event.preventDefault();
        const lines = event.deltaMode === 1 ? 16 : 1;
        const delta = Math.max(-240, Math.min(240, event.deltaY * lines));
        view.zoom(Math.exp(-delta * 0.0022), ...place(event));
        point(view.pageUnder(...place(event)), place(event));
    }, {passive: false});

    canvas.addEventListener('pointerdown', event => {
        if (event.button !== 0) return;
        canvas.setPointerCapture(event.pointerId);
        pointers.set(event.pointerId, place(event));
        moved = 0;
        if (pointers.size === 2) spread = distance();
    });
    canvas.addEventListener('pointermove', event => {
        const now = place(event), before = pointers.get(event.pointerId);
        if (!before) {
            point(view.pageUnder(...now), now);
            return;
        }
        moved += Math.abs(now[0] - before[0]) + Math.abs(now[1] - before[1]);
        pointers.set(event.pointerId, now);
        if (pointers.size === 2) {
            const far = distance();
            if (spread > 0) view.zoom(far / spread, ...now);
            spread = far;
        } else if (moved > 4) {
            canvas.classList.add('moving');
            point(-1);
            view.pan(now[0] - before[0], now[1] - before[1]);
        }
    });
    const up = event => {
        const held = pointers.delete(event.pointerId);
        canvas.classList.remove('moving');
        if (held && moved <= 4 && event.type === 'pointerup') {
            const page = view.pageUnder(...place(event));
            select(page);
            point(page, place(event));
        }
    };
    canvas.addEventListener('pointerup', up);
    canvas.addEventListener('pointercancel', up);
    canvas.addEventListener('pointerleave', () => point(-1));
    canvas.addEventListener('dblclick', event => view.zoom(2.5, ...place(event)));
    canvas.addEventListener('keydown', event => {
        if (!event.ctrlKey && !event.metaKey && !event.altKey && pressed(view, event, select)) {
            event.preventDefault();
        }
    });
}

const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

/** What a key does; whether it does anything. */
function pressed(view, event, select) {
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) {
        view.pan(-80 * arrow[0], -80 * arrow[1]);
    } else if (arrow) {
        let page = view.selected;
        if (page < 0) page = firstInSight(view);
        else page = view.layout.beside(page, ...arrow);
        select(page);
        if (page >= 0) view.show(page, false);
    } else if (event.key === '+' || event.key === '=') {
        zoomAtSelected(view, 1.5);
    } else if (event.key === '-') {
        zoomAtSelected(view, 1 / 1.5);
    } else if (event.key === '0') {
        view.fit();
    } else if (event.key === 'PageDown' || event.key === 'PageUp') {
        view.pan(0, (event.key === 'PageUp' ? 0.8 : -0.8) * view.height);
    } else if (event.key === 'Escape') {
        select(-1);
    } else {
        return false;
    }
    return true;
}

function zoomAtSelected(view, factor) {
    if (view.selected < 0) return view.zoom(factor);
    const [x, y] = view.layout.pagePlace(view.selected);
    return view.zoom(factor, ...view.toElement(x + 0.5, y + 0.5));
}

function firstInSight(view) {
    const sight = view.sight(), region = sight.top * view.layout.columns + sight.left;
    return region < view.heap.regions ? region * REGION_PAGES : -1;
}
