"""Builds many small records, serialises them, groups and sorts them, throws all away."""
import collections
import json
import zlib

count = @COUNT@


class Account:
    def __init__(self, number):
        self.number = number
        self.name = "account-%d" % (number * 7919 % 100003)
        self.history = [number % 13, number % 17]
        self.tags = {"kind": "k%d" % (number % 31), "open": number % 3 == 0}

    def record(self):
        return {"n": self.number, "name": self.name, "h": self.history, "t": self.tags}


accounts = [Account(number) for number in range(count)]
text = json.dumps([account.record() for account in accounts])
print(len(text), zlib.crc32(text.encode()))
records = json.loads(text)
del text

groups = collections.defaultdict(list)
for record in records:
    groups[record["t"]["kind"]].append(record["name"])
for kind in sorted(groups):
    groups[kind].sort()
joined = {kind: ",".join(names) for kind, names in groups.items()}
print(sum(len(names) for names in joined.values()))

words = collections.Counter()
for account in accounts:
    for part in (account.name + "-" + account.tags["kind"]).split("-"):
        words[part] += 1
print(words.most_common(2))

chunks = []
for step in range(count // 20):
    chunks.append(bytes(1000 + step % 3000))
    if len(chunks) > 500:
        del chunks[step % 250 :: 2]
print(len(chunks))

table = {}
for account in accounts:
    table[account.name] = table.get(account.name, ()) + (account.number,)
print(len(table), max(len(numbers) for numbers in table.values()))
