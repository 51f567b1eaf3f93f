# Work for bash: everything it keeps is in its heap. Argument: how many rounds.
rounds=$1

words_and_counts() {
    local -A count=()
    local i word
    for ((i = 0; i < 8000; i++)); do
        word="key$((i * 7919 % 1501))"
        count[$word]=$((${count[$word]:-0} + i))
    done
    for word in "${!count[@]}"; do
        printf '%s=%s\n' "$word" "${count[$word]}"
    done | sort | cksum
}

arrays() {
    local -a list=() sorted=()
    local i
    for ((i = 0; i < 8000; i++)); do
        list+=("$(((i * 48271) % 65537))-$i")
    done
    unset 'list[100]' 'list[7999]'
    list=("${list[@]:5:6000}" "${list[@]/7/seven}")
    mapfile -t sorted < <(printf '%s\n' "${list[@]}" | sort)
    printf '%s %s\n' "${#sorted[@]}" "${sorted[*]:1000:3}"
}

strings() {
    local text='' i
    for ((i = 0; i < 2000; i++)); do
        text+="line $i of the text; "
    done
    text=${text//line/row}
    text=${text^^}
    [[ $text =~ ROW\ ([0-9]+)\ OF\ THE\ TEXT\;\ ROW\ 1500 ]] && echo "${BASH_REMATCH[1]}"
    printf '%s' "${text: -60}" "${#text}"
    echo
}

depth() {
    if (($1 == 0)); then
        echo bottom
    else
        local here="level $1"
        depth $(($1 - 1)) >/dev/null
        [[ $1 == 200 ]] && echo "$here"
    fi
}

subshells() {
    local i sum=0 part
    for ((i = 0; i < 150; i++)); do
        part=$(
            x=$(printf '%d' $((i * i)))
            echo "$x"
        )
        ((sum += part))
    done
    echo "$sum"
    local job status=0 jobs=()
    for i in 1 2 3 4 5 6 7 8; do
        (
            wide=$(printf '%*s' 50000 '')
            exit $((${#wide} * i / 50000))
        ) &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do
        wait "$job"
        ((status += $?))
    done
    echo "$status"
    cat <<END | tr '[:lower:]' '[:upper:]'
here-document $(printf '%s ' {a..e}{1..9})
END
}

for ((round = 0; round < rounds; round++)); do
    words_and_counts
    arrays
    strings
    depth 200
    subshells
done
