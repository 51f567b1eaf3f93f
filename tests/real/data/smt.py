"""Writes problems in SMT-LIB 2 into the current directory: smt.py HARDNESS."""

import pathlib
import random
import sys

hardness = int(sys.argv[1])
chance = random.Random(5)


def problem(name, logic, *lines, answers=("(check-sat)",)):
    text = "\n".join([f"(set-logic {logic})" if logic else "", *lines, *answers, ""])
    pathlib.Path(f"{name}.smt2").write_text(text)


def pigeons(holes):
    """One pigeon too many: no answer, and no short proof of that."""
    inside = [[f"in_{p}_{h}" for h in range(holes)] for p in range(holes + 1)]
    lines = [f"(declare-const {name} Bool)" for row in inside for name in row]
    lines += [f"(assert (or {' '.join(row)}))" for row in inside]
    for hole in range(holes):
        for one in range(holes + 1):
            for other in range(one):
                lines.append(f"(assert (not (and {inside[one][hole]} {inside[other][hole]})))")
    problem("pigeons", "QF_UF", *lines)


def multiplication(bits):
    """A product equals two others: bit vectors into clauses."""
    lines = [f"(declare-const {v} (_ BitVec {bits}))" for v in "xyz"]
    lines += [
        "(assert (not (= (bvmul x (bvadd y z)) (bvadd (bvmul x y) (bvmul x z)))))",
    ]
    problem("distribution", "QF_BV", *lines)
    factors = [
        "(declare-const a (_ BitVec 48))",
        "(declare-const b (_ BitVec 48))",
        f"(assert (= (bvmul a b) (_ bv{641 * 4099 if hardness == 1 else 1009 * 65537 * 131} 48)))",
        "(assert (bvugt a (_ bv1 48)))",
        "(assert (bvugt b a))",
        "(assert (bvult b (_ bv16777216 48)))",
    ]
    problem("factors", "QF_BV", *factors, answers=("(check-sat)", "(get-value (a b))"))


def arrays(swaps):
    """Swapping cells in two orders leads to the same array, or doesn't."""
    lines = ["(declare-const start (Array Int Int))"]
    lines += [f"(declare-const i{n} Int)" for n in range(swaps + 1)]
    for side, order in (("l", range(swaps)), ("r", reversed(range(swaps)))):
        last = "start"
        for step, n in enumerate(order):
            name = f"{side}{step}"
            lines.append(
                f"(define-fun {name} () (Array Int Int) (store (store {last} i{n} (select {last} i{n + 1}))"
                f" i{n + 1} (select {last} i{n})))"
            )
            last = name
        lines.append(f"(define-fun {side} () (Array Int Int) {last})")
    lines += [f"(assert (distinct {' '.join(f'i{n}' for n in range(swaps + 1))}))", "(assert (not (= l r)))"]
    problem("arrays", "QF_ALIA", *lines)


def schedule(works, machines):
    """Work on machines without overlap: difference logic, minimised."""
    lines = []
    lengths = [[chance.randrange(2, 9) for _ in range(machines)] for _ in range(works)]
    lines += [f"(declare-const s_{work}_{machine} Int)" for work in range(works) for machine in range(machines)]
    lines.append("(declare-const end Int)")
    for work in range(works):
        lines.append(f"(assert (>= s_{work}_0 0))")
        for machine in range(machines):
            after = f"s_{work}_{machine + 1}" if machine + 1 < machines else "end"
            lines.append(f"(assert (>= {after} (+ s_{work}_{machine} {lengths[work][machine]})))")
    for machine in range(machines):
        for one in range(works):
            for other in range(one):
                a, b = f"s_{one}_{machine}", f"s_{other}_{machine}"
                lines.append(
                    f"(assert (or (>= {a} (+ {b} {lengths[other][machine]})) (>= {b} (+ {a} {lengths[one][machine]}))))"
                )
    lines.append("(minimize end)")
    problem("schedule", "", *lines, answers=("(check-sat)", "(get-objectives)", "(get-model)"))


def reals(rows):
    """A system of linear inequalities: simplex over big rationals."""
    lines = [f"(declare-const x{n} Real)" for n in range(rows)]
    for row in range(rows * 2):
        terms = " ".join(f"(* {chance.randrange(1, 90)}.{chance.randrange(100):02} x{n})" for n in range(rows))
        negative = " ".join(f"(* {chance.randrange(1, 9)}.5 x{n})" for n in chance.sample(range(rows), rows // 2))
        lines.append(f"(assert (<= {chance.randrange(50)}.0 (- (+ {terms}) {negative} {chance.randrange(900)}.5)))")
    lines += [f"(assert (< x{n} (+ x{(n * 7 + 3) % rows} {chance.randrange(5, 40)}.25)))" for n in range(rows)]
    lines.append(f"(minimize (+ {' '.join(f'x{n}' for n in range(rows))}))")
    problem("reals", "", *lines, answers=("(check-sat)", "(get-model)"))


def strings(parts):
    """Words cut and joined, of given lengths."""
    lines = [f"(declare-const w{n} String)" for n in range(parts)]
    lines.append(f'(assert (= (str.++ {" ".join(f"w{n}" for n in range(parts))}) "{"abcab" * parts}"))')
    for n in range(parts):
        lines.append(f'(assert (str.in_re w{n} (re.+ (re.range "a" "{"bc"[n % 2]}"))))' if n % 3 == 1 else
                     f"(assert (>= (str.len w{n}) {1 + n % 2}))")
    problem("strings", "QF_S", *lines, answers=("(check-sat)",))


def quantifiers(depth):
    """A relation that is transitive along a chain: instances of quantified facts."""
    lines = ["(declare-sort T 0)", "(declare-fun less (T T) Bool)", "(declare-fun next (T) T)"]
    lines += [
        "(assert (forall ((x T) (y T) (z T)) (=> (and (less x y) (less y z)) (less x z))))",
        "(assert (forall ((x T)) (! (less x (next x)) :pattern ((next x)))))",
    ]
    lines += [f"(declare-const c{n} T)" for n in range(depth)]
    lines += [f"(assert (= c{n + 1} (next c{n})))" for n in range(depth - 1)]
    lines.append(f"(assert (not (less c0 c{depth - 1})))")
    problem("quantifiers", "UF", *lines)


pigeons(6 + hardness)
multiplication(4 + hardness)
arrays(4 + 2 * hardness)
schedule(3 + hardness, 4)
reals(4 + 10 * hardness)
strings(5 + 3 * hardness)
quantifiers(12 + 8 * hardness)
