about='make -j2: 300 (full: 3,000) small targets in layers, each some processes of the shell'
needs=(/usr/bin/make=make)

prepare() {
    python3 "$data/makefile.py" "$(size 300 3000)" >Makefile
}

job() {
    cp "$input/Makefile" .
    # Two recipes at once print in either order.
    heap make -j2 all >lines
    sort lines
    rm lines
    # Nothing is left to do, which make finds out by reading everything again.
    heap make -j2 all
    heap make --print-data-base --question >base
    grep --count '^target-' base
    rm base
    rm -f target-29*
    heap make -j2 --output-sync all >lines
    sort lines
    rm lines
    ! heap make -j2 wrong
}
