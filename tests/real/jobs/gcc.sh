about='gcc -O2 -g: a generated C file of 1,000 (full: 20,000) lines into assembly and object, compared byte for byte; then -flto, and the program'
needs=(/usr/bin/gcc=gcc /usr/bin/ld=binutils /usr/include/stdio.h=libc6-dev)

prepare() {
    python3 "$data/c_source.py" "$(size 1000 20000)" >big.c
    python3 "$data/c_source.py" "$(size 300 5000)" >small.c
}

job() {
    # Plain gcc starts cc1, as, collect2 and ld: all of them on the heap.
    heap gcc -std=c11 -O2 -g -c "$input/big.c" -o big.o
    heap gcc -std=c11 -O1 -S "$input/small.c" -o small.s
    heap gcc -std=c11 -O2 -flto -frandom-seed=1 "$input/small.c" -o small
    heap gcc big.o -o big
    heap ./big
    heap ./small
    heap objdump --disassemble --no-show-raw-insn small >disassembly
    heap nm --print-size --size-sort big.o
    # A file with errors: diagnostics have paths of their own through the compiler.
    sed '150,$s/int/itn/' "$input/small.c" >wrong.c
    ! heap gcc -std=c11 -fmax-errors=50 -c wrong.c
}
