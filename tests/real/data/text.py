"""Prints MEGABYTES of text, the same for the same SEED: text.py MEGABYTES SEED."""

import random
import sys

megabytes, seed = int(sys.argv[1]), int(sys.argv[2])
chance = random.Random(seed)
letters = "etaoinshrdlucmfwypvbgkjqxz"
words = [
    "".join(letters[min(int(chance.expovariate(0.15)), 25)] for _ in range(1 + int(chance.random() * 11)))
    for _ in range(5000)
]
# Few words are frequent and many rare, as in any language.
weights = [1 / (rank + 3) for rank in range(len(words))]

left = megabytes * 1_000_000
while left > 0:
    text = chance.choices(words, weights, k=10_000)
    lines = [" ".join(text[at : at + 12]) for at in range(0, len(text), 12)]
    part = "\n".join(lines)[: left - 1] + "\n"
    left -= len(part)
    sys.stdout.write(part)
