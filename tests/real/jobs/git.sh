about='git: a generated repository of 150 (full: 3,000) commits: fsck, clone, log, blame, merge, grep, gc, repack with threads, fetch'
needs=(/usr/bin/git=git)

prepare() {
    settings
    git init --quiet --bare source.git
    python3 "$data/repository.py" "$(size 150 3000)" | git -C source.git fast-import --quiet
}

# Who commits and when, and nothing of the machine's own configuration.
settings() {
    export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$HOME/none
    export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_AUTHOR_DATE='1700000000 +0000'
    export GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org GIT_COMMITTER_DATE='1700000000 +0000'
    export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=pack.threads GIT_CONFIG_VALUE_0=2
    export GIT_CONFIG_KEY_1=gc.autoDetach GIT_CONFIG_VALUE_1=false
}

job() {
    settings
    heap git clone --quiet --no-local --branch main "$input/source.git" clone
    cd clone
    heap git fsck --full --strict --no-progress
    heap git log --stat --patch --find-renames --format='%h %ad %s' --max-count="$(size 60 600)" >../log
    heap git log --graph --oneline --all --topo-order >../graph
    heap git shortlog --summary --numbered HEAD
    heap git blame --line-porcelain -M -C file-1.txt >../blame
    heap git grep --line-number --threads=2 -e 'a[a-f]*e' HEAD~20 HEAD -- '*.txt' >../grep
    heap git merge --quiet --no-edit origin/side
    heap git diff --stat --histogram HEAD~30 HEAD
    heap git rebase --quiet --onto HEAD~20 HEAD~5 origin/side~2 || heap git status --short
    heap git gc --quiet --aggressive --prune=now
    heap git repack -a -d -f --quiet --depth=20 --window=20 --threads=2
    heap git fetch --quiet "$input/source.git" '+refs/heads/*:refs/copy/*'
    heap git count-objects
    heap git archive --format=tar.gz --output=../all.tar.gz HEAD
    heap git bundle create --quiet ../all.bundle --all
    heap git bundle verify --quiet ../all.bundle
}

# Threads share out the search for deltas by chance, so packs differ where their objects don't.
report() {
    git cat-file --batch-all-objects --batch-check >../objects
    git cat-file --batch-all-objects --batch --buffer | sha256sum >../contents
    git for-each-ref
    rm -rf .git ../all.bundle
}
