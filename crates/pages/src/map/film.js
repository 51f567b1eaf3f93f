// Goes from moment to moment. Frames hold what changed; copies of some moments make the way back short.

const COPIES = 6;
const COPY_BYTES = 256 << 20; // all copies together

class Film {
    constructor(heap, meta) {
        this.heap = heap;
        this.frames = meta.frames;
        this.at = -1;
        this.copies = new Map(); // by frame
        this.changes = new Map(); // inflated, by frame
        const bytes = heap.arrays.reduce((sum, array) => sum + array.byteLength, 0);
        const many = Math.max(1, Math.min(COPIES, Math.floor(COPY_BYTES / Math.max(bytes, 1))));
        this.between = Math.max(1, Math.ceil(this.frames.length / many));
    }

    async columns(frame) {
        let bytes = this.changes.get(frame);
        if (!bytes) {
            bytes = await inflate(embeddedBytes(`frame-${frame}`));
            if (this.frames.length > 1 && bytes.length < 1 << 20) this.changes.set(frame, bytes);
        }
        return bytes;
    }

    /** Goes to a frame. Returns the regions that changed; none: perhaps all. */
    async goTo(frame) {
        let changed = new Set();
        if (frame < this.at) {
            const copy = Math.max(...[...this.copies.keys()].filter(copy => copy <= frame));
            this.heap.restore(this.copies.get(copy));
            this.at = copy;
            changed = null;
        }
        while (this.at < frame) {
            const regions = this.heap.apply(await this.columns(this.at + 1));
            this.at++;
            if (changed) regions.forEach(region => changed.add(region));
            const wanted = this.at % this.between === 0 && this.frames.length > 1;
            if (wanted && !this.copies.has(this.at)) this.copies.set(this.at, this.heap.copy());
        }
        return changed;
    }
}

/** The line with slider, buttons, resident bytes as an area, and live bytes as a line. */
class Player {
    constructor(film, show) {
        this.film = film;
        this.show = show;
        this.element = document.getElementById('film');
        this.slider = document.getElementById('moment');
        this.button = document.getElementById('play');
        this.curve = document.getElementById('curve');
        this.playing = false;
        this.busy = Promise.resolve();
        this.element.hidden = film.frames.length < 2;
        document.documentElement.classList.toggle('is-film', !this.element.hidden);
        this.slider.max = film.frames.length - 1;
        this.slider.addEventListener('input', () => {
            this.pause();
            this.goTo(Number(this.slider.value));
        });
        this.button.addEventListener('click', () => this.playing ? this.pause() : this.play());
        document.getElementById('previous').addEventListener('click', () => this.step(-1));
        document.getElementById('next').addEventListener('click', () => this.step(1));
    }

    /** Shows a frame once those that were asked for before are there. */
    goTo(frame) {
        const wanted = Math.min(this.film.frames.length - 1, Math.max(0, frame));
        this.busy = this.busy.then(async () => {
            this.show(await this.film.goTo(wanted));
            this.told();
        });
        return this.busy;
    }

    step(by) {
        this.pause();
        return this.goTo(this.film.at + by);
    }

    play() {
        this.playing = true;
        this.told();
        const tick = async () => {
            if (!this.playing) return;
            const last = this.film.at >= this.film.frames.length - 1;
            const begin = performance.now();
            await this.goTo(last ? 0 : this.film.at + 1);
            const rest = 1000 / Number(document.getElementById('speed').value) - (performance.now() - begin);
            this.timer = setTimeout(tick, Math.max(0, rest));
        };
        tick();
    }

    pause() {
        this.playing = false;
        clearTimeout(this.timer);
        this.told();
    }

    told() {
        const {film} = this, moment = film.frames[film.at];
        if (!moment) return;
        this.slider.value = film.at;
        const seconds = (moment.time_ms - film.frames[0].time_ms) / 1000;
        const text = `${timeText(moment.time_ms)}  +${seconds.toFixed(1)} s`;
        document.getElementById('clock').textContent = `${film.at + 1} / ${film.frames.length}  ${text}`;
        this.slider.setAttribute('aria-valuetext', text);
        this.button.textContent = this.playing ? '❚❚' : '►';
        this.button.setAttribute('aria-label', this.playing ? 'pause' : 'play');
        this.drawCurve();
    }

    drawCurve() {
        if (this.element.hidden) return;
        const ratio = window.devicePixelRatio || 1, box = this.curve.getBoundingClientRect();
        this.curve.width = box.width * ratio;
        this.curve.height = box.height * ratio;
        const context = this.curve.getContext('2d');
        context.scale(ratio, ratio);
        const {frames, at} = this.film, last = frames.length - 1;
        const amounts = field => frames.map(frame => frame.totals[field]);
        const resident = amounts('resident_bytes'), live = amounts('live_bytes');
        const most = Math.max(1, ...resident, ...live);
        const style = getComputedStyle(this.curve);
        // The slider's thumb doesn't reach the ends.
        const x = i => 8 + (box.width - 16) * i / last;
        const y = value => box.height - 1 - (box.height - 3) * value / most;
        context.beginPath();
        context.moveTo(x(0), box.height);
        resident.forEach((value, i) => context.lineTo(x(i), y(value)));
        context.lineTo(x(last), box.height);
        context.fillStyle = style.getPropertyValue('--resident');
        context.fill();
        context.beginPath();
        live.forEach((value, i) => context.lineTo(x(i), y(value)));
        context.strokeStyle = style.getPropertyValue('--live');
        context.lineWidth = 2;
        context.stroke();
        context.fillStyle = style.color;
        context.fillRect(x(at) - 0.75, 0, 1.5, box.height);
    }
}
