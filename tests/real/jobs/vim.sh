about='vim -es: substitutes, sorts, moves, folds, undoes and saves 30,000 (full: 300,000) lines'
needs=(/usr/bin/vim=vim)

prepare() {
    python3 "$data/text.py" "$(size 2 20)" 5 >text
}

job() {
    cp "$input/text" text
    heap vim -es --not-a-term -u NONE -i NONE -n --cmd 'set nocompatible' -S "$data/edit.vim" text
}
