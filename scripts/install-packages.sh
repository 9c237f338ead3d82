#!/usr/bin/env bash
# install-packages.sh GROUP... -- install the Debian packages of these groups that are missing.
#
# Groups: build, run, redis, test, fuzz, lint, bench, interop, vm. Says what it does, says nothing when all is
# there, uses sudo only if it is not root, and on another system tells what to install there.
set -euo pipefail

packages_of() {
    case $1 in
    build)
        echo gcc libc6-dev make pkgconf libmicrohttpd-dev libjansson-dev libyaml-dev \
            libpcre2-dev libidn2-dev libssl-dev libcurl4-openssl-dev libsystemd-dev libjwt-dev \
            libhiredis-dev
        ;;
    run) echo python3 curl ;;
    redis) echo redis-server ;;
    test)
        echo libcriterion-dev python3 python3-pytest python3-pytest-xdist python3-yaml \
            python3-jsonschema python3-cryptography nodejs util-linux redis-server redis-tools \
            python3-redis ruby-redis node-redis
        ;;
    fuzz) echo clang "$(clang_runtime)" ;;
    lint) echo clang clang-format clang-tidy cppcheck shellcheck ;;
    bench) echo python3 python3-venv openssl util-linux wrk nginx-light haproxy nodejs redis-server strace valgrind "$(npm_package)" ;;
    interop)
        # What builds and calls the clients; Go, Rust and Java are used where they are installed.
        echo python3 python3-venv nodejs awscli g++ cmake autoconf automake libtool \
            "$(npm_package)" "$(node_headers)"
        ;;
    vm) echo qemu-system-x86 busybox-static cpio kmod systemd redis-server ;;
    *)
        echo "install-packages.sh: no such group: $1 (build, run, redis, test, fuzz, lint, bench, interop, vm)" >&2
        exit 2
        ;;
    esac
}

# The sanitizer and fuzzer libraries of clang carry its version in their name (14 on Debian 12,
# 19 on Debian 13), and `clang` itself does not ask for them.
clang_runtime() {
    local version
    version=$(LC_ALL=C apt-cache depends clang 2>/dev/null |
        sed -n 's/.*Depends: clang-\([0-9][0-9]*\)$/\1/p' | head -n 1)
    echo "libclang-rt-${version:-14}-dev"
}

# Some packages of Node.js bring npm along, and then the package of that name cannot be installed.
npm_package() {
    command -v npm >/dev/null || echo npm
}

# The same packages bring the headers along.
node_headers() {
    [ -e /usr/include/node/node.h ] || echo libnode-dev
}

missing_of() {
    local installed package
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null) || true
    for package in "$@"; do
        grep -qx "installed $package" <<<"$installed" || echo "$package"
    done
}

# Elsewhere nothing can be installed from here, but what is there may well be enough.
check_other_system() {
    local group missing=0
    for group in "$@"; do
        case $group in
        build)
            pkg-config --exists libmicrohttpd jansson yaml-0.1 libpcre2-8 libidn2 libcrypto libsystemd libcurl hiredis libjwt 2>/dev/null &&
                command -v cc >/dev/null || missing=1
            ;;
        run) command -v python3 >/dev/null || missing=1 ;;
        test) python3 -c 'import pytest, xdist' 2>/dev/null || missing=1 ;;
        bench) type wrk nginx haproxy node redis-server >/dev/null 2>&1 || missing=1 ;;
        interop) ;; # a client that cannot be installed is left out, and the tests say so
        *) command -v clang >/dev/null || missing=1 ;;
        esac
    done
    [ "$missing" = 0 ] && return
    {
        echo "This is not a Debian system, so install this by hand, then try again:"
        echo "  a C11 compiler, make and pkg-config; the development files of libmicrohttpd (0.9.75 or"
        echo "  later), jansson, libyaml, pcre2, libidn2, OpenSSL 3, libsystemd, libcurl, libhiredis and libjwt; python3."
        echo "  For the tests also criterion (2.4), pytest with pytest-xdist, Node.js; for fuzzing and"
        echo "  lint clang with its runtime libraries, clang-format, clang-tidy, cppcheck, shellcheck;"
        echo "  for the benchmarks wrk, nginx, HAProxy, Redis and Node.js."
        echo "Their names on Debian:"
        for group in build run test lint bench; do
            echo "  $(packages_of "$group")" | fold -s -w 96
        done
    } >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "Neither root nor sudo: run this as root, then try again:" >&2
        echo "  $*" >&2
        exit 1
    fi
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    check_other_system "$@"
    exit 0
fi

wanted=()
for group in "$@"; do
    # shellcheck disable=SC2207 # names of packages hold no blanks
    wanted+=($(packages_of "$group"))
done
mapfile -t missing < <(missing_of "${wanted[@]}" | sort -u)
[ ${#missing[@]} -gt 0 ] || exit 0

echo "Installing Debian packages that are missing: ${missing[*]}"
as_root apt-get -q update
# The lists are new now: a name that depends on the release can be told for sure.
packages=()
for package in "${missing[@]}"; do
    case $package in
    libclang-rt-*) packages+=("$(clang_runtime)") ;;
    *) packages+=("$package") ;;
    esac
done
as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 install "${packages[@]}"
