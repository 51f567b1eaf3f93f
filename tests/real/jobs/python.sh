about="Debian's python3: containers, JSON, regular expressions, sqlite, compression, threads, processes; also with PYTHONMALLOC=malloc"
needs=(/usr/bin/python3=python3)

job() {
    heap /usr/bin/python3 "$data/work.py" "$(size 1 20)"
    # Every object from malloc, instead of from Python's own pools.
    heap env PYTHONMALLOC=malloc /usr/bin/python3 "$data/work.py" "$(size 1 20)"
}
