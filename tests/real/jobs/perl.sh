about='perl: hashes, regular expressions, sorting, closures, references, pack, eval, fork'
needs=(/usr/bin/perl=perl)

prepare() {
    python3 "$data/text.py" "$(size 2 20)" 3 >text
}

job() {
    heap perl -w "$data/work.pl" "$input/text"
}
