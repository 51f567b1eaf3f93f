about='xz -T2: compresses 3 MB (full: 16 MB) of text in blocks, and unpacks it'
needs=(/usr/bin/xz=xz-utils)

prepare() {
    python3 "$data/text.py" "$(size 3 16)" 7 >text
}

job() {
    heap xz -T2 -"$(size 3 4)" --block-size="$(size 1MiB 4MiB)" --keep --stdout "$input/text" >text.xz
    heap xz --list --robot text.xz
    heap xz -T2 --decompress --stdout text.xz >text
    cmp "$input/text" text
}
