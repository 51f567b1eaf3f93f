about='lua5.4: tables, strings, closures, coroutines, metatables, incremental and generational collection'
needs=(/usr/bin/lua5.4=lua5.4)

job() {
    heap lua5.4 "$data/work.lua" "$(size 2 20)" incremental
    heap lua5.4 "$data/work.lua" "$(size 2 20)" generational
}
