"""Prints MEGABYTES of text, the same for the same SEED: text.py MEGABYTES SEED."""

import itertools
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
weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))

# Most of the time would go into choosing words, so each line is two of these.
halves = [" ".join(chance.choices(words, cum_weights=weights, k=6)) for _ in range(megabytes * 2000)]

left = megabytes * 1_000_000
while left > 0:
    parts = chance.choices(halves, k=2000)
    text = "\n".join(f"{first} {second}" for first, second in zip(parts[::2], parts[1::2]))
    part = text[: left - 1] + "\n"
    left -= len(part)
    sys.stdout.write(part)
