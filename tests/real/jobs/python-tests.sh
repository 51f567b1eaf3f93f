about="python3's own tests for json, gc, ctypes, threads (full: all of threading, multiprocessing, futures, io): the same must pass"
# Debian has them in a package of its own, named after the version.
python_version=$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo 3)
needs=(/usr/bin/python3=python3 "/usr/lib/python$python_version/test/test_json=libpython$python_version-testsuite")

job() {
    tests test_json test_gc test_ctypes test_thread test_threading_local
    if [[ $scale == full ]]; then
        tests test_threading
        tests test_queue test_threadsignals test_threadedtempfile test_dict test_set test_bytes test_array test_io
        tests test_concurrent_futures
        tests test_multiprocessing_fork
        tests test_multiprocessing_spawn
        tests test_multiprocessing_forkserver
    else
        tests test_threading --match ThreadJoinOnShutdown
        tests test_multiprocessing_fork --match WithProcessesTestHeap --match WithProcessesTestLock
    fi
}

# tests NAME... [OPTION...]: runs them in one process and prints each test with its result.
# Their own words have times and addresses in them.
tests() {
    local status=0
    heap /usr/bin/python3 -m test --timeout "$(size 50 1500)" --junit-xml "$PWD/results.xml" "$@" \
        >"$aside/$1.log" 2>&1 || status=$?
    /usr/bin/python3 "$data/test_results.py" results.xml
    rm results.xml
    return "$status"
}
