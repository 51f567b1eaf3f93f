about='sort --parallel=2 of 50 MB (full: 1 GB) of lines, by bytes and by number, with spill files'
needs=(/usr/bin/sort=coreutils /usr/bin/openssl=openssl)

# Lines of 0 to some hundreds of characters: the stream of a cipher with a fixed key.
prepare() {
    local megabytes
    megabytes=$(size 50 1000)
    head --bytes=$((megabytes * 750000)) /dev/zero |
        openssl enc -aes-128-ctr -K "$(printf '5eed%.0s' {1..8})" -iv "$(printf '0%.0s' {1..32})" |
        base64 --wrap=0 | tr '/' '\n' >lines
}

job() {
    heap sort --parallel=2 --buffer-size="$(size 40M 300M)" --output=by-bytes "$input/lines"
    head --bytes=10M "$input/lines" >some-lines
    heap sort --parallel=2 --numeric-sort --stable --unique --output=by-number some-lines
    heap sort --parallel=2 --field-separator=A --key=2,2 --key=1,1r --output=by-field some-lines
}
