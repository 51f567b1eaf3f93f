# Installing from Debian what the jobs need. Sourced by `run`.
#
# A job's `needs` are words FILE=PACKAGE: when FILE isn't there, PACKAGE has it.
# A need without a package, like cargo=, can't come from Debian.

# What the jobs share: measuring, making input.
common_needs=(/usr/bin/time=time /usr/bin/python3=python3 /usr/bin/bc=bc /usr/bin/diff=diffutils)

# install_missing JOB...: installs, or says how; fails when something is still missing.
install_missing() {
    local job need file packages=()
    for need in "${common_needs[@]}" $(
        for job in "$@"; do
            (. "$directory_of_jobs/$job.sh" && printf '%s\n' "${needs[@]}")
        done
    ); do
        file=${need%=*}
        if [[ $file == /* ]]; then
            [[ -e $file ]] && continue
        elif command -v "$file" >/dev/null; then
            continue
        fi
        if [[ -z ${need#*=} ]]; then
            printf 'tests/real/run: %s is missing; it comes with Rust: https://rustup.rs\n' "$file" >&2
            return 1
        fi
        packages+=("${need#*=}")
    done
    ((${#packages[@]} > 0)) || return 0

    local line=(apt-get install --yes --no-install-recommends "${packages[@]}")
    if ((EUID != 0)); then
        printf 'tests/real/run: programs are missing; install them with\n  sudo %s\n' "${line[*]}" >&2
        return 1
    fi
    printf 'installing %s\n' "${packages[*]}"
    apt_get "${line[@]:1}" || { apt_get update && apt_get "${line[@]:1}"; } || {
        printf 'tests/real/run: this failed, repair it and try again:\n  %s\n' "${line[*]}" >&2
        return 1
    }
}

# apt-get without questions, silent unless it fails, patient when another one runs.
apt_get() {
    local log
    log=$(DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" 2>&1 </dev/null) || {
        printf '%s\n' "$log" >&2
        return 1
    }
}
