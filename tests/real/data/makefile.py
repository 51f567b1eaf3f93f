"""Prints a Makefile of TARGETS small targets, each made of some earlier ones: makefile.py TARGETS."""

import random
import sys

targets = int(sys.argv[1])
chance = random.Random(targets)

print("SHELL = /bin/sh")
print("names := $(foreach n,$(shell seq 0 %d),target-$(n))" % (targets - 1))
print("all: total\n\ntotal: $(names)\n\tcat $(names) | cksum >$@")
print("wrong: target-0\n\t@echo expected to fail; exit 3\n")
for n in range(targets):
    parts = sorted({chance.randrange(n) for _ in range(n and chance.randrange(4))})
    needed = " ".join(f"target-{part}" for part in parts)
    print(f"target-{n}: {needed}\n\t@echo {n} '$(words $^)' $(sort $(notdir $^))")
    print(f"\t@printf '%s\\n' {n} $^ | sed 's/target/{n}/' | tr 0-4 5-9 >$@")
