about='redis-server: a script of commands and its replies, redis-benchmark with a thread of I/O, BGSAVE and AOF rewriting (fork), restart from the file'
needs=(/usr/bin/redis-server=redis-server /usr/bin/redis-cli=redis-tools)

prepare() {
    python3 "$data/redis_commands.py" "$(size 3000 60000)" >commands
}

# The server listens on a socket in its directory, on no port. The first thing it says is when it is ready.
start_server() {
    heap_start redis-server --port 0 --unixsocket s --daemonize no --logfile "$aside/redis.log" --dir . --save '' \
        --enable-debug-command local --activedefrag no "$@"
    server=$heap_process
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        if [[ -S s ]] && redis-cli -s s ping &>/dev/null; then return; fi
        sleep 0.05
    done
    echo 'redis-server does not answer; its log:' >&2
    cat "$aside/redis.log" >&2
    return 1
}

stop_server() {
    redis-cli -s s shutdown nosave
    heap_process=$server heap_words=redis-server
    heap_finish
}

# Waits for the fork that saves; then its result. In a line of INFO the value ends with a carriage return.
saved() {
    local tries
    for ((tries = 0; tries < 1200; tries++)); do
        if redis-cli -s s info persistence | tr -d '\r' | grep -qx "$1_in_progress:0"; then
            redis-cli -s s info persistence | grep "$2"
            return
        fi
        sleep 0.05
    done
    return 1
}

job() {
    start_server
    heap redis-cli -s s <"$input/commands"
    heap redis-cli -s s debug digest

    heap redis-benchmark -s s --csv -q -n "$(size 8000 500000)" -c 30 -P 8 -r 10000 -d 200 \
        -t set,get,incr,lpush,rpop,sadd,hset,spop,zadd,lrange_100,mset >benchmark
    grep -c , benchmark
    rm benchmark
    redis-cli -s s del mylist >/dev/null
    # Writes go on while the children save.
    redis-cli -s s bgsave
    heap redis-benchmark -s s -q -n "$(size 4000 300000)" -c 10 -r 1000 -d 2000 -t set,rpush >/dev/null
    saved rdb_bgsave rdb_last_bgsave_status
    redis-cli -s s flushall
    heap redis-cli -s s <"$input/commands" >/dev/null
    redis-cli -s s memory purge
    redis-cli -s s config set appendonly yes
    saved aof_rewrite aof_last_bgrewrite_status
    redis-cli -s s save
    heap redis-cli -s s debug digest
    stop_server

    start_server --appendonly no
    heap redis-cli -s s debug digest
    heap redis-cli -s s dbsize
    stop_server
    # Files that tell when they were made.
    rm -rf appendonlydir dump.rdb
}
