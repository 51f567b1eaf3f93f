about='cargo build --release: a generated crate of 2 (full: 100) modules (no dependencies), and the program made of it'
needs=(cargo= /usr/bin/cc=gcc)

prepare() {
    python3 "$data/crate.py" "$(size 2 100)" crate
}

job() {
    # What Cargo builds holds times and hashes of paths, so it stays out of the comparison.
    export CARGO_TARGET_DIR=$TMPDIR/target PATH=${cargo%/*}:$PATH CARGO_NET_OFFLINE=true
    cp -r "$input/crate" .
    cd crate
    heap "$cargo" build --release --quiet
    heap "$CARGO_TARGET_DIR/release/generated"
    heap "$cargo" metadata --format-version 1 --no-deps >metadata.json
    heap "$cargo" tree
}
