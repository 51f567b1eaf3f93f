about='tar: packs 1,000 (full: 20,000) files with their names sorted, compressed by gzip, lists, compares and unpacks them'
needs=(/usr/bin/tar=tar /usr/bin/gzip=gzip)

prepare() {
    mkdir files
    python3 "$data/text.py" "$(size 4 80)" 11 >text
    cd files
    split --lines=50 --suffix-length=6 --additional-suffix=.txt ../text
    for letter in a b c d e; do
        mkdir "under-$letter"
        find . -maxdepth 1 -name "*$letter.txt" -exec mv -t "under-$letter" {} +
        ln -s "../under-$letter" "under-$letter/link"
    done
}

job() {
    # Gzip is a process of its own, started by tar.
    heap tar --create --gzip --file=all.tar.gz --sort=name --mtime=@1700000000 \
        --owner=0 --group=0 --numeric-owner --directory="$input" files
    heap tar --list --verbose --full-time --gzip --file=all.tar.gz
    mkdir unpacked
    heap tar --extract --gzip --file=all.tar.gz --directory=unpacked
    heap tar --create --file=again.tar --format=pax --pax-option=delete=atime,delete=ctime \
        --sort=name --owner=0 --group=0 --exclude='*a*.txt' --directory=unpacked files
}
