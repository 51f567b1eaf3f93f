"""Builds many records, serialises and parses them, and drops all but one in twenty of them.

At each stop it tells a line and waits for one, while its memory is looked at from outside.
"""
import ctypes
import gc
import json
import random
import sys
import time
import tracemalloc

count = int(sys.argv[1])
library = ctypes.CDLL(None)
purge = getattr(library, "heapmin_bench_purge", None)
clock = time.perf_counter


def stop(name, **facts):
    print(json.dumps({"stop": name, **facts}), flush=True)
    sys.stdin.readline()


def record(number):
    return {
        "number": number,
        "name": "account-%d" % (number * 7919 % 100003),
        "history": [number * step % 1009 for step in range(20)],
        "tags": {"kind": "k%d" % (number % 31), "open": number % 3 == 0},
        "note": "x" * (number * 31 % 400),
    }


stop("start")
records = [record(number) for number in range(count)]
text = json.dumps(records)
parsed = {item["number"]: item for item in json.loads(text)}
del text
stop("peak")
choice = random.Random(1)
del records
kept = {number: item for number, item in parsed.items() if choice.random() < 0.05}
del parsed
gc.collect()
if tracemalloc.is_tracing():
    live = tracemalloc.get_traced_memory()[0]
else:
    live = 0
stop("before", live=live)
start = clock()
failed = purge() if purge else -1
stop("after", called=failed == 0, seconds=clock() - start)
for number, item in kept.items():
    if item != record(number):
        sys.exit("record %d was changed" % number)
stop("end", checked=len(kept))
