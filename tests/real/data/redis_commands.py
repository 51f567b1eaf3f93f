"""Prints commands for redis-cli whose replies don't depend on time, order of hashing or chance:
redis_commands.py COMMANDS."""

import random
import sys

commands = int(sys.argv[1])
chance = random.Random(commands)


def key(kind):
    return f"{kind}:{chance.randrange(60)}"


def value(longest=300):
    return "".join(chance.choices("abcdefghijklmnop", k=1 + int(longest * chance.random() ** 3)))


def score():
    return chance.randrange(10_000)


KINDS = [
    lambda: f"SET {key('s')} {value(20_000)}",
    lambda: f"APPEND {key('s')} {value()}",
    lambda: f"GETRANGE {key('s')} {chance.randrange(50)} {chance.randrange(50, 200)}",
    lambda: f"SETRANGE {key('s')} {chance.randrange(3000)} {value()}",
    lambda: f"STRLEN {key('s')}",
    lambda: f"SETBIT {key('b')} {chance.randrange(100_000)} 1",
    lambda: f"BITOP XOR b:0 {key('b')} {key('b')}",
    lambda: f"BITCOUNT {key('b')}",
    lambda: f"INCRBY {key('n')} {score()}",
    lambda: f"LPUSH {key('l')} {' '.join(value() for _ in range(9))}",
    lambda: f"RPUSH {key('l')} {value(3000)}",
    lambda: f"LRANGE {key('l')} 2 6",
    lambda: f"LINSERT {key('l')} BEFORE {value(2)} {value()}",
    lambda: f"RPOPLPUSH {key('l')} {key('l')}",
    lambda: f"LTRIM {key('l')} 0 {chance.randrange(300)}",
    lambda: f"HSET {key('h')} {value(4)} {value()} {value(4)} {value()}",
    lambda: f"HDEL {key('h')} {value(2)}",
    lambda: f"HGET {key('h')} {value(2)}",
    lambda: f"HLEN {key('h')}",
    lambda: f"SADD {key('t')} {' '.join(value(6) for _ in range(9))}",
    lambda: f"SREM {key('t')} {value(2)}",
    lambda: f"SINTERSTORE t:0 {key('t')} {key('t')}",
    lambda: f"SUNIONSTORE t:1 {key('t')} {key('t')} {key('t')}",
    lambda: f"SORT {key('t')} ALPHA LIMIT 0 5",
    lambda: f"ZADD {key('z')} {score()} {value(6)} {score()} {value(6)}",
    lambda: f"ZRANGE {key('z')} 0 4 WITHSCORES",
    lambda: f"ZREMRANGEBYRANK {key('z')} 200 210",
    lambda: f"ZUNIONSTORE z:0 2 {key('z')} {key('z')} AGGREGATE MAX",
    lambda: f"XADD {key('x')} * f {value()}".replace("*", f"{next_id()}-1"),
    lambda: f"XLEN {key('x')}",
    lambda: f"XTRIM {key('x')} MAXLEN 40",
    lambda: f"PFADD {key('p')} {value(8)} {value(8)}",
    lambda: f"PFCOUNT {key('p')} {key('p')}",
    lambda: f"GEOADD {key('g')} {chance.randrange(-170, 170)} {chance.randrange(-80, 80)} {value(3)}",
    lambda: f"GEOSEARCH {key('g')} FROMLONLAT 10 10 BYRADIUS 9000 km ASC COUNT 3",
    lambda: f"COPY {key('s')} {key('s')} REPLACE",
    lambda: f"DEL {key(chance.choice('slhtzx'))}",
    lambda: f"EVAL \"local t = {{}} for i = 1, 200 do t[i] = ARGV[1] .. i end redis.call('SET', KEYS[1], "
    f"table.concat(t, ' ')) return #t\" 1 {key('s')} {value(20)}",
]

identifier = 0


def next_id():
    global identifier
    identifier += 1
    return identifier


for _ in range(commands):
    print(chance.choice(KINDS)())
print("DBSIZE")
