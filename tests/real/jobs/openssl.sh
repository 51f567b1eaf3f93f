about='openssl: digests, ciphers, signatures with fixed keys, a chain of certificates, CMS'
needs=(/usr/bin/openssl=openssl)

# Making keys takes luck, using them does not: the two runs share these.
prepare() {
    python3 "$data/text.py" "$(size 4 40)" 13 >text
    openssl genrsa -out rsa.pem 2048
    openssl genpkey -algorithm ed25519 -out ed25519.pem
    openssl req -x509 -new -key rsa.pem -sha256 -days 36500 -subj '/CN=root' -out root.pem
    openssl req -new -key ed25519.pem -subj '/CN=leaf' -out leaf.csr
    openssl x509 -req -in leaf.csr -CA root.pem -CAkey rsa.pem -set_serial 7 -days 36500 -out leaf.pem
    openssl cms -encrypt -in text -binary -aes256 -outform DER -out text.cms root.pem
}

job() {
    local digest cipher
    for digest in md5 sha1 sha256 sha512 sha3-256 blake2b512; do
        heap openssl dgst "-$digest" "$input/text"
    done
    for cipher in aes-256-cbc aes-128-ctr chacha20 camellia-192-cbc; do
        heap openssl enc "-$cipher" -pbkdf2 -iter 1000 -pass pass:word -S 0102030405060708 -in "$input/text" -out "$cipher.bin"
        heap openssl enc -d "-$cipher" -pbkdf2 -iter 1000 -pass pass:word -S 0102030405060708 -in "$cipher.bin" -out text
        cmp "$input/text" text
    done
    heap openssl dgst -sha256 -sign "$input/rsa.pem" -out rsa.signature "$input/text"
    heap openssl dgst -sha256 -prverify "$input/rsa.pem" -signature rsa.signature "$input/text"
    head --bytes=9000 text >short
    heap openssl pkeyutl -sign -rawin -inkey "$input/ed25519.pem" -in short -out ed25519.signature
    heap openssl verify -CAfile "$input/root.pem" -show_chain "$input/leaf.pem"
    heap openssl x509 -in "$input/leaf.pem" -text -noout
    heap openssl cms -decrypt -inform DER -in "$input/text.cms" -inkey "$input/rsa.pem" -out text
    cmp "$input/text" text
    heap openssl asn1parse -in "$input/root.pem"
}
