about='node: objects, JSON, buffers, typed arrays, worker threads, zlib, crypto, files, child processes'
needs=(/usr/bin/node=nodejs)

job() {
    heap node "$data/work.mjs" "$(size 1 8)"
}
