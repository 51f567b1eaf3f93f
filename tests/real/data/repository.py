"""Prints a stream for `git fast-import`, always the same: repository.py COMMITS.

Two branches, `main` and `side`, that change texts in different places, so that they merge."""

import random
import sys

commits = int(sys.argv[1])
chance = random.Random(commits)
out = sys.stdout
words = ["".join(chance.choices("abcdefghij", k=chance.randrange(2, 9))) for _ in range(800)]


def sentence():
    return " ".join(chance.choices(words, k=8)) + "\n"


def data(text):
    out.write(f"data {len(text)}\n{text}\n")


files = {f"file-{n}.txt": [sentence() for _ in range(400)] for n in range(6)}
files |= {f"deep/{n % 7}/{n % 3}/part-{n}.txt": [sentence() for _ in range(20)] for n in range(100)}
names = sorted(files)
branches = {"main": files, "side": None}
fork = commits // 2

for number in range(commits):
    side = number > fork and number % 5 == 0
    branch = "side" if side else "main"
    if side and branches["side"] is None:
        branches["side"] = {name: list(lines) for name, lines in branches["main"].items()}
        start = "from refs/heads/main\n"
    else:
        start = ""
    tree = branches[branch]
    out.write(f"commit refs/heads/{branch}\n")
    when = 1_600_000_000 + number * 600
    out.write(f"author Author {number % 9} <a{number % 9}@example.org> {when} +0000\n")
    out.write(f"committer Author <a@example.org> {when} +0000\n")
    data(f"Change {number}\n\n{sentence()}")
    out.write(start)
    # Each branch has files of its own to change once they have parted.
    mine = [name for at, name in enumerate(names) if number <= fork or at % 3 == (0 if side else 1)]
    changed = names if number == 0 else chance.sample(mine, 4)
    for name in changed:
        lines = tree[name]
        for _ in range(5):
            lines[chance.randrange(len(lines))] = sentence()
        lines.insert(chance.randrange(len(lines)), sentence())
        out.write(f"M 100644 inline {name}\n")
        data("".join(lines))
out.write("done\n")
