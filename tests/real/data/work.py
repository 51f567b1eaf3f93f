"""Work for Python, in rounds that print what they found: work.py ROUNDS."""

import bz2
import collections
import concurrent.futures
import decimal
import gc
import hashlib
import json
import lzma
import multiprocessing
import pickle
import queue
import random
import re
import sqlite3
import subprocess
import sys
import threading
import weakref
import xml.etree.ElementTree as tree
import zlib


def digest(value):
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def containers(chance):
    counts = collections.Counter(chance.choices(range(5000), k=30_000))
    groups = collections.defaultdict(list)
    for number, count in counts.items():
        groups[count].append((number, str(number) * (count % 7)))
    lines = collections.deque(maxlen=500)
    for number in range(20_000):
        lines.append("%d of %s" % (number, "x" * (number % 90)))
    squares = {frozenset((n, n * n % 1009)) for n in range(20_000)}
    return digest(sorted(groups.items())), digest(list(lines)), len(squares)


def texts(chance):
    words = ["".join(chance.choices("abcdefgh", k=1 + n % 9)) for n in range(20_000)]
    text = " ".join(words)
    found = re.findall(r"\b(a\w*)\s+(?=(b|c)\w+)", text)
    text = re.sub(r"(\w)(\w*)", lambda m: m[2] + m[1].upper(), text)
    document = {"words": words[:5000], "found": found, "deep": [[[{"n": n}] * 3] for n in range(2000)]}
    copied = json.loads(json.dumps(document, indent=1))
    root = tree.Element("root")
    for word in words[:5000]:
        tree.SubElement(root, word, length=str(len(word))).text = word * 3
    parsed = tree.fromstring(tree.tostring(root))
    return digest(text), digest(copied), sum(len(node.text) for node in parsed), len(pickle.dumps(document))


def cycles():
    class Node:
        def __init__(self, other):
            self.other = other
            self.own = [self]

    gone = []
    node = None
    for number in range(20_000):
        node = Node(node if number % 50 else None)
        if number % 1000 == 0:
            weakref.finalize(node, gone.append, number)
    del node
    gc.collect()
    return sorted(gone)


def numbers():
    with decimal.localcontext() as context:
        context.prec = 200
        root = decimal.Decimal(2).sqrt() ** 7
    big = 3**20_000 % 10**2000
    return digest(str(root)), digest(big), digest(pow(7, 3**400, 10**200 + 1))


def compressed(chance):
    data = bytes(chance.choices(b"compress me", k=80_000))
    return [
        digest(pack.decompress(pack.compress(data))) + " " + digest(pack.compress(data)) for pack in (zlib, bz2, lzma)
    ]


def database(chance):
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (k INTEGER, v TEXT)")
        rows = [(chance.randrange(500), "v" * chance.randrange(60)) for _ in range(10_000)]
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
        connection.create_function("twice", 1, lambda text: text + text)
        return digest(connection.execute("SELECT k, sum(length(twice(v))) FROM t GROUP BY k ORDER BY k").fetchall())


def threads():
    """Blocks made by one thread and dropped by another."""
    todo, done = queue.Queue(100), queue.Queue()

    def worker():
        total = 0
        while (item := todo.get()) is not None:
            number, text = item
            total += len(text.upper().split("A")) * number
        done.put(total)

    workers = [threading.Thread(target=worker) for _ in range(4)]
    for thread in workers:
        thread.start()
    for number in range(2000):
        todo.put((number, "banana " * (number % 60)))
    for _ in workers:
        todo.put(None)
    for thread in workers:
        thread.join()
    local = threading.local()

    def brief(number):
        local.kept = [bytearray(number * 7) for _ in range(20)]
        return sum(map(len, local.kept))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        short = sum(pool.map(brief, range(300)))
    for _ in range(100):
        thread = threading.Thread(target=brief, args=(50,))
        thread.start()
        thread.join()
    return sum(done.get() for _ in workers), short


def count_letters(text):
    return sum(1 for _ in re.finditer("[a-c]", text)), digest(text)


def processes(chance):
    """Forks while other threads allocate, then children that work."""
    stop = threading.Event()

    def churn():
        while not stop.is_set():
            [bytearray(n) for n in range(0, 2000, 50)]

    churning = [threading.Thread(target=churn) for _ in range(2)]
    for thread in churning:
        thread.start()
    texts = ["".join(chance.choices("abcdef", k=5000)) for _ in range(20)]
    try:
        with multiprocessing.get_context("fork").Pool(2) as pool:
            counted = pool.map(count_letters, texts)
        shown = [
            subprocess.run([sys.executable, "-S", "-c", f"print('x' * {n})"], capture_output=True, check=True).stdout
            for n in range(3)
        ]
    finally:
        stop.set()
        for thread in churning:
            thread.join()
    return digest(counted), shown


for number in range(int(sys.argv[1])):
    seeded = random.Random(number)
    print(containers(seeded))
    print(texts(seeded))
    print(cycles())
    print(numbers())
    print(compressed(seeded))
    print(database(seeded))
    print(threads())
    print(processes(seeded))
    gc.collect()
