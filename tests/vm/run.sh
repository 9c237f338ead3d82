#!/usr/bin/env bash
# run.sh BUILD [flow|systemd...] -- boots this machine's own files below a Debian kernel in a virtual machine, and tests there what needs
# a kernel that hands the memory controller down, or a service manager:
#
#   flow      `memory` by cgroups, as root and as a user to whom one was delegated
#   systemd   `make install`, then the units as systemd starts, limits, reloads, watches and stops them
#
# Nothing here is changed: what is written lies in the machine's memory. The kernel is a package, kept in ~/.cache/lambdagate/vm.
# LAMBDAGATE_VM_ACCEL=kvm is much faster than tcg, where it works. LAMBDAGATE_VM_TESTS: other tests for flow, e.g. tests/flow/test_confine.py.
# The last line is `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/../.."

build=${1:?usage: run.sh BUILD [flow|systemd...]}
shift
[ $# -gt 0 ] || set -- flow systemd
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lambdagate/vm
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- the kernel --------------------------------------------------------------------------------------

die() {
    echo "vm: $*" >&2
    exit 2
}

[ "$(uname -m)" = x86_64 ] || die "knows x86_64 only"

# Sets `kernel` to a folder that holds an unpacked kernel package.
fetch_kernel() {
    local package partial
    package=$(LC_ALL=C apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    [ -n "$package" ] || die "apt knows no linux-image-amd64"
    kernel=$cache/$package-$(LC_ALL=C apt-cache policy "$package" | sed -n 's/^ *Candidate: //p')
    [ -d "$kernel" ] && return
    mkdir -p "$cache"
    partial=$(mktemp -d "$cache/partial.XXXXXX")
    (cd "$partial" && apt-get -q -o APT::Sandbox::User= download "$package" >&2 && dpkg-deb -x "$package"*.deb . && rm ./*.deb)
    mv -T "$partial" "$kernel"
}

# --- what it boots -----------------------------------------------------------------------------------

# A file for the kernel: busybox, the modules that reach our files, and init.sh.
make_initramfs() {
    local release module
    release=$(basename "$kernel"/boot/vmlinuz-* | sed 's/^vmlinuz-//')
    depmod -b "$kernel" "$release"
    mkdir -p "$work/root"/{bin,dev,proc,sys}
    cp "$(command -v busybox)" "$work/root/bin/busybox"
    install -m 755 tests/vm/init.sh "$work/root/init"
    for module in virtio_pci 9pnet_virtio 9p overlay; do
        modprobe -d "$kernel" -S "$release" --show-depends "$module"
    done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$work/modules"
    while read -r module; do
        cp "$module" "$work/root/"
        basename "$module" | sed 's|^|/|'
    done <"$work/modules" >"$work/root/modules"
    (cd "$work/root" && find . | cpio --quiet -o -H newc) | gzip -1 >"$work/initramfs"
}

# --- a run -------------------------------------------------------------------------------------------

passed=0
failed=0

count() { # count WORD FILE : the sum of "N WORD" in pytest's last lines
    awk -v word="$1" '/^=.* in [0-9.]+s/ { for (i = 2; i <= NF; i++) if ($i ~ "^" word) n += $(i - 1) } END { print n + 0 }' "$2"
}

boot() { # boot PART MINUTES
    local part=$1 minutes=$2 machine begin=$SECONDS
    : >"$work/$part.log"
    echo "=== $part: boots $(basename "$kernel")"
    timeout --foreground "${minutes}m" nice qemu-system-x86_64 -accel "${LAMBDAGATE_VM_ACCEL:-tcg}" -cpu max -smp 1 -m 1024 \
        -nodefaults -no-user-config -display none -no-reboot \
        -kernel "$kernel"/boot/vmlinuz-* -initrd "$work/initramfs" \
        -append "console=ttyS0 panic=-1 quiet no_timer_check vm.sources=$PWD vm.build=$(realpath "$build") vm.tests=${LAMBDAGATE_VM_TESTS:-} vm.init=$PWD/tests/vm/$part.sh" \
        -serial "file:$work/$part.console" -serial "file:$work/$part.log" \
        -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap </dev/null &
    machine=$!
    tail -q -n +1 -f --pid="$machine" "$work/$part.log" || true
    wait "$machine" || echo "=== $part: out of time after $minutes minutes"
    passed=$((passed + $(count passed "$work/$part.log")))
    failed=$((failed + $(count failed "$work/$part.log") + $(count error "$work/$part.log")))
    if ! grep -q '^=== the end' "$work/$part.log"; then
        failed=$((failed + 1))
        echo "=== $part: did not come to its end; the last that the kernel said:"
        tail -n 40 "$work/$part.console"
    fi
    echo "=== $part: took $((SECONDS - begin)) s"
}

fetch_kernel
make_initramfs
for part in "$@"; do
    case $part in
    flow | systemd) boot "$part" 40 ;;
    *) die "no such part: $part (flow, systemd)" ;;
    esac
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
