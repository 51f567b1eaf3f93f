about='g++ -O2: templates, ranges (full: regex, futures, 40 times as much) into an object, compared byte for byte; the program made of it'
needs=("/usr/bin/g++=g++" /usr/bin/ld=binutils)

prepare() {
    python3 "$data/cxx_source.py" "$(size 1 40)" >big.cc
}

job() {
    heap g++ -std=c++20 "-O$(size 1 2)" -g1 -c "$input/big.cc" -o big.o
    heap g++ big.o -o big -pthread
    heap ./big
    heap nm --demangle --size-sort big.o >symbols
}
