// Reads what is embedded in the page. The bytes are described in frame.rs.

/** The text of an element with data. */
function embedded(id) {
    return document.getElementById(id).textContent;
}

/** The bytes of an element with base64 text. */
function embeddedBytes(id) {
    const text = atob(embedded(id));
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
}

/** Undoes deflate. */
async function inflate(bytes) {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Reads columns one after the other. */
class Columns {
    constructor(bytes) {
        this.bytes = bytes;
        this.at = 0;
    }

    /** A number of seven bits a byte, the lowest first. */
    varint() {
        let number = 0;
        for (let factor = 1; ; factor *= 128) {
            const byte = this.bytes[this.at++];
            number += (byte & 127) * factor;
            if (byte < 128) return number;
        }
    }

    /** The next bytes. */
    take(count) {
        this.at += count;
        return this.bytes.subarray(this.at - count, this.at);
    }
}
