#!/usr/bin/env bash
# Installs what `cargo build --release` has built: libraries, headers, the command, and
# what pkg-config and CMake want to know.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
    cat <<'TEXT'
Usage: ./install.sh [--prefix DIR] [--destdir DIR] [--from DIR]

  --prefix DIR   where it is to be used from (default: /usr/local)
  --destdir DIR  put the files under DIR, as if that were the root directory, for packages
  --from DIR     take the built files from DIR (default: target/release)

What goes where, under the prefix:

  bin/heapmin                    the command
  lib/libheapmin.so, .a          the documented heap
  lib/libheapmin_malloc.so       the same, and malloc
  include/heapmin/               heapapi.h, crtheap.h, heapmin.h; compat/ has windows.h, malloc.h, ...
  lib/pkgconfig/heapmin.pc       cc program.c $(pkg-config --cflags --libs heapmin)
  lib/cmake/heapmin/             find_package(heapmin), heapmin::heapmin
TEXT
}

# Ends: what happened, and what to do.
refuse() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 2
}

prefix=/usr/local destdir='' from=''
while (($# > 0)); do
    case $1 in
        --prefix | --destdir | --from)
            [[ -n ${2-} ]] || refuse "$1 needs a directory; --help tells more"
            declare "${1#--}=$2"
            shift 2
            ;;
        --prefix=?* | --destdir=?* | --from=?*)
            option=${1%%=*}
            declare "${option#--}=${1#*=}"
            shift
            ;;
        --help | -h)
            usage
            exit 0
            ;;
        *) refuse "unknown argument: $1; --help shows the known ones" ;;
    esac
done
[[ $prefix == /* ]] || refuse "--prefix $prefix: not an absolute path, which programs need to find the library"
[[ $prefix != *$'\n'* ]] || refuse '--prefix: a path with a line break in it'
prefix=${prefix%/}

# Where cargo puts what it builds: people set CARGO_TARGET_DIR.
if [[ -z $from ]]; then
    from=$here/target/release
    if command -v cargo >/dev/null; then
        metadata=$(cd "$here" && cargo metadata --format-version 1 --no-deps 2>/dev/null) || metadata=''
        found=$(sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p' <<<"$metadata")
        from=${found:-$here/target}/release
    fi
fi

for file in heapmin libheapmin.so libheapmin.a libheapmin_malloc.so; do
    [[ -f $from/$file ]] || refuse "$from/$file is missing; build it first:
  cargo build --release"
done
version=$(sed -n '/^\[workspace\.package\]/,/^$/s/^version = "\(.*\)"$/\1/p' "$here/Cargo.toml")
[[ -n $version ]] || refuse "$here/Cargo.toml names no version in [workspace.package]"

to=$destdir$prefix
# put MODE FILE DIRECTORY
put() {
    install -D -m "$1" -- "$2" "$3/$(basename -- "$2")" ||
        refuse "cannot write to $3; try as root, or with --prefix \$HOME/.local"
}

# fill TEMPLATE DIRECTORY: the template with its blanks filled in.
fill() {
    local name text
    name=$(basename -- "$1" .in)
    text=$(<"$1")
    text=${text//@PREFIX@/"$prefix"}
    text=${text//@VERSION@/"$version"}
    install -D -m 644 -- /dev/stdin "$2/$name" <<<"$text" ||
        refuse "cannot write to $2; try as root, or with --prefix \$HOME/.local"
}

put 755 "$from/heapmin" "$to/bin"
put 755 "$from/libheapmin.so" "$to/lib"
put 644 "$from/libheapmin.a" "$to/lib"
put 755 "$from/libheapmin_malloc.so" "$to/lib"
while IFS= read -r -d '' header; do
    put 644 "$here/include/$header" "$to/include/heapmin/$(dirname -- "$header")"
done < <(cd "$here/include" && find . -name '*.h' -printf '%P\0')
fill "$here/packaging/heapmin.pc.in" "$to/lib/pkgconfig"
fill "$here/packaging/heapminConfig.cmake.in" "$to/lib/cmake/heapmin"
fill "$here/packaging/heapminConfigVersion.cmake.in" "$to/lib/cmake/heapmin"

printf 'heapmin %s is installed in %s\n' "$version" "$to"
