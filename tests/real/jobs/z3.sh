about='z3: generated problems in SMT-LIB: pigeons, bit vectors, arrays, integers, reals, strings, quantifiers, optimisation'
needs=(/usr/bin/z3=z3)

prepare() {
    python3 "$data/smt.py" "$(size 1 2)"
}

job() {
    local problem
    for problem in "$input"/*.smt2; do
        echo "${problem##*/}"
        heap z3 -smt2 "$problem"
    done
}
