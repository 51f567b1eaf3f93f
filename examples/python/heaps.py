#!/usr/bin/env python3
"""heapmin from Python, over ctypes.

Creates a heap, allocates in it, walks through it, checks it, damages it, and gives memory back.

    python3 heaps.py [PATH/TO/libheapmin.so]
"""

import ctypes
import sys
from ctypes import POINTER, Structure, Union, byref, c_char_p, c_int, c_size_t, c_uint8
from ctypes import c_uint16, c_uint32, c_void_p

HEAP_ZERO_MEMORY = 0x8
ERROR_NO_MORE_ITEMS = 259
PROCESS_HEAP_REGION, PROCESS_HEAP_UNCOMMITTED_RANGE, PROCESS_HEAP_ENTRY_BUSY = 1, 2, 4


class Block(Structure):
    _fields_ = [("hMem", c_void_p), ("dwReserved", c_uint32 * 3)]


class Region(Structure):
    _fields_ = [
        ("dwCommittedSize", c_uint32),
        ("dwUnCommittedSize", c_uint32),
        ("lpFirstBlock", c_void_p),
        ("lpLastBlock", c_void_p),
    ]


class BlockOrRegion(Union):
    _fields_ = [("Block", Block), ("Region", Region)]


class PROCESS_HEAP_ENTRY(Structure):
    _anonymous_ = ["parts"]
    _fields_ = [
        ("lpData", c_void_p),
        ("cbData", c_uint32),
        ("cbOverhead", c_uint8),
        ("iRegionIndex", c_uint8),
        ("wFlags", c_uint16),
        ("parts", BlockOrRegion),
    ]


class Summary(Structure):
    _fields_ = [
        (name, c_size_t)
        for name in ("heaps", "blocks", "allocated", "committed", "reserved", "largest_free")
    ]


class Left(Structure):
    _fields_ = [
        (name, c_size_t) for name in ("live", "fragmented", "cached", "huge", "metadata")
    ]


class Trimmed(Structure):
    _fields_ = [
        ("resident_before", c_size_t),
        ("resident_after", c_size_t),
        ("released", c_size_t),
        ("left", Left),
    ]


class Damage(Structure):
    _fields_ = [("heap", c_void_p), ("address", c_void_p), ("size", c_size_t), ("kind", c_int)]


def load(path):
    """The library, with the types of the functions: without them ctypes takes addresses for int."""
    library = ctypes.CDLL(path)
    for name, result, arguments in [
        ("HeapCreate", c_void_p, [c_uint32, c_size_t, c_size_t]),
        ("HeapDestroy", c_int, [c_void_p]),
        ("HeapAlloc", c_void_p, [c_void_p, c_uint32, c_size_t]),
        ("HeapReAlloc", c_void_p, [c_void_p, c_uint32, c_void_p, c_size_t]),
        ("HeapFree", c_int, [c_void_p, c_uint32, c_void_p]),
        ("HeapSize", c_size_t, [c_void_p, c_uint32, c_void_p]),
        ("HeapValidate", c_int, [c_void_p, c_uint32, c_void_p]),
        ("HeapWalk", c_int, [c_void_p, POINTER(PROCESS_HEAP_ENTRY)]),
        ("HeapLock", c_int, [c_void_p]),
        ("HeapUnlock", c_int, [c_void_p]),
        ("GetLastError", c_uint32, []),
        ("heapmin_version", c_char_p, []),
        ("heapmin_heap_summary", c_int, [c_void_p, POINTER(Summary)]),
        ("heapmin_heap_trim", c_int, [c_void_p, POINTER(Trimmed)]),
        ("heapmin_validate", c_int, [c_void_p, POINTER(Damage)]),
        ("heapmin_damage_text", c_size_t, [POINTER(Damage), c_char_p, c_size_t]),
    ]:
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


def walk(library, heap):
    """The parts of a heap, each as a copy; nobody else gets into the heap meanwhile."""
    entries = []
    entry = PROCESS_HEAP_ENTRY()  # lpData is NULL: the start
    library.HeapLock(heap)
    while library.HeapWalk(heap, byref(entry)):
        entries.append(PROCESS_HEAP_ENTRY.from_buffer_copy(entry))
    error = library.GetLastError()
    library.HeapUnlock(heap)
    if error != ERROR_NO_MORE_ITEMS:
        raise OSError(f"HeapWalk: error {error}")
    return entries


def kind(entry):
    """What part of a heap an entry describes."""
    if entry.wFlags & PROCESS_HEAP_REGION:
        return "region"
    if entry.wFlags & PROCESS_HEAP_UNCOMMITTED_RANGE:
        return "uncommitted"
    return "in use" if entry.wFlags & PROCESS_HEAP_ENTRY_BUSY else "free"


def main():
    library = load(sys.argv[1] if len(sys.argv) > 1 else "libheapmin.so")
    print("version", library.heapmin_version().decode())

    heap = library.HeapCreate(0, 0, 0)
    if not heap:
        raise MemoryError(f"HeapCreate: error {library.GetLastError()}")

    # Blocks of many sizes; half of them are freed again.
    blocks = [library.HeapAlloc(heap, HEAP_ZERO_MEMORY, size) for size in range(1, 10001, 10)]
    for block in blocks[::2]:
        library.HeapFree(heap, 0, block)
    live = blocks[1::2]

    entries = walk(library, heap)
    in_use = [entry for entry in entries if kind(entry) == "in use"]
    print("in use:", len(in_use), "blocks,", sum(entry.cbData for entry in in_use), "bytes")
    print("all found:", {entry.lpData for entry in in_use} == set(live))
    print("parts:", *sorted({kind(entry) for entry in entries}), sep=" ")

    summary = Summary()
    library.heapmin_heap_summary(heap, byref(summary))
    print("the summary agrees:", summary.allocated == sum(entry.cbData for entry in in_use))

    # A block keeps its contents when it grows, and what is new is zero if asked for.
    text = library.HeapAlloc(heap, 0, 5)
    ctypes.memmove(text, b"hello", 5)
    text = library.HeapReAlloc(heap, HEAP_ZERO_MEMORY, text, 8)
    print("grown:", library.HeapSize(heap, 0, text), ctypes.string_at(text, 8))

    # One byte too many, found and named; then repaired.
    print("intact:", bool(library.HeapValidate(heap, 0, None)))
    guard = ctypes.c_ubyte.from_address(text + 8)
    good = guard.value
    guard.value = good ^ 0xFF
    damage = Damage()
    library.heapmin_validate(heap, byref(damage))
    sentence = ctypes.create_string_buffer(200)
    library.heapmin_damage_text(byref(damage), sentence, len(sentence))
    print("intact:", bool(library.HeapValidate(heap, 0, None)))
    print("it is the block:", damage.address == text)
    print(sentence.value.decode())
    guard.value = good

    # All blocks go; the memory behind them goes back to the system.
    for block in live + [text]:
        library.HeapFree(heap, 0, block)
    trimmed = Trimmed()
    library.heapmin_heap_trim(heap, byref(trimmed))
    print("given back:", trimmed.released > 0)
    print("nothing lives:", trimmed.left.live == 0)
    print("destroyed:", bool(library.HeapDestroy(heap)))


if __name__ == "__main__":
    main()
