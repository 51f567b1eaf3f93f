about='vim -es: edits and sorts 11,000 (full: 230,000) lines'
needs=(/usr/bin/vim=vim)

prepare() {
    python3 "$data/text.py" "$(size 1 20)" 5 >text
}

job() {
    cp "$input/text" text
    heap vim -es --not-a-term -u NONE -i NONE -n --cmd 'set nocompatible' -S "$data/edit.vim" text
}
