about='bash: arrays, associative arrays, patterns, recursion, here-documents and hundreds of subshells'
needs=(/usr/bin/bash=bash)

job() {
    heap bash "$data/shell_work.sh" "$(size 1 8)"
}
