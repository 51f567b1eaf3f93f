# Judging the two runs of a job, and the table. Sourced by `run`.
#
# The directory of a job holds `plain` and `heap` (stdout, stderr, tree: all that the
# programs left in their directory) and `plain.ledger`, `heap.ledger` (see `perform`).

# bad_ends LEDGER: the exit statuses that were not 0, of programs and of the job.
bad_ends() {
    sed -n 's/^status: //p; s/^job: exit status 0$//; s/^job: \(.*\)/\1 of the job/p' "$1"
}

# plain_failure DIRECTORY: why the plain run proves nothing; empty when it went well.
plain_failure() {
    if ! grep -qx 'job: exit status 0' "$1/plain.ledger"; then
        printf 'the plain run failed: %s; see %s' \
            "$(bad_ends "$1/plain.ledger" | head -n 1)" "$1/plain/stderr"
    elif [[ ! -s $1/plain/stdout && -z $(find "$1/plain/tree" -type f -size +0 -print -quit) ]]; then
        printf 'the plain run left no output to compare'
    fi
}

# difference DIRECTORY: how the run on the heap differs; empty when it doesn't.
difference() {
    local directory=$1 reasons=() ends
    ends=$(diff <(bad_ends "$directory/plain.ledger") <(bad_ends "$directory/heap.ledger"))
    if [[ -n $ends ]]; then
        reasons+=("$(sed -n 's/^< /only plain: /p; s/^> /on the heap: /p' <<<"$ends" | head -n 1)")
    fi

    if ! (cd "$directory" && diff --recursive --no-dereference --brief plain heap) >"$directory/differences"; then
        show_differences "$directory" >"$directory/diff"
        reasons+=("$(wc -l <"$directory/differences") files differ: $directory/diff")
    fi
    rm -f "$directory/differences"
    ((${#reasons[@]} == 0)) || printf '%s\n' "${reasons[@]}" | paste -sd ';' | sed 's/;/; /g'
}

# The lines that differ in short texts, and the first byte that differs in other files.
show_differences() {
    cat "$1/differences"
    (cd "$1/plain" && find . -type f) | while read -r file; do
        if [[ ! -f $1/heap/$file ]] || cmp --silent "$1/plain/$file" "$1/heap/$file"; then continue; fi
        if (($(stat --format=%s "$1/plain/$file") < 1000000)); then
            diff --unified=1 "$1/plain/$file" "$1/heap/$file" | head -n 60 | cut -c 1-300
        else
            cmp "$1/plain/$file" "$1/heap/$file"
        fi
    done
}

# From the ledger of a run: seconds, seconds of processor time in all programs, and the peak
# resident memory of the biggest process.
measures() {
    awk '
        /^seconds: / { seconds = $2 }
        /^measures: / { processor += $2 + $3 }
        /^measures: / && $4 > peak { peak = $4 }
        END { printf "%.2f %.2f %.1f\n", seconds, processor, peak / 1024 }
    ' "$1"
}

print_header() {
    printf '%-13s %-6s %18s %22s %24s\n' '' '' 'seconds' 'processor seconds' 'peak MB'
    printf '%-13s %-6s %9s %8s %13s %8s %14s %9s\n' '' '' plain heap plain heap plain heap
}

# print_line JOB DIRECTORY REASON: an empty reason means that both runs were identical.
print_line() {
    local plain=(- - -) heap=(- - -)
    [[ ! -f $2/plain.ledger ]] || read -ra plain < <(measures "$2/plain.ledger")
    [[ ! -f $2/heap.ledger ]] || read -ra heap < <(measures "$2/heap.ledger")
    printf '%-13s %-6s %9s %8s %13s %8s %14s %9s\n' "$1" "$([[ -n $3 ]] && echo FAILED || echo ok)" \
        "${plain[0]}" "${heap[0]}" "${plain[1]}" "${heap[1]}" "${plain[2]}" "${heap[2]}"
    [[ -z $3 ]] || {
        printf '    %s\n' "$3"
        [[ ! -s $2/diff ]] || head -n 12 "$2/diff" | sed 's/^/    | /'
    }
}
