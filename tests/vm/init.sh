#!/bin/busybox sh
# shellcheck shell=dash
# init.sh -- the first process of the virtual machine: the host's files, never to be changed, below a tmpfs that takes what is written.
export PATH=/bin
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
exec >/dev/ttyS1 2>&1
while read -r module; do insmod "$module"; done </modules

fail() {
    echo "vm: $*"
    poweroff -f
}

mkdir -p /host /new /room
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro host /host || fail "no 9p"
mount -t tmpfs -o size=70% tmpfs /room
mkdir /room/upper /room/work
mount -t overlay -o lowerdir=/host,upperdir=/room/upper,workdir=/room/work overlay /new || fail "no overlay"
for name in dev proc sys run tmp var/tmp; do mkdir -p "/new/$name"; done
mount --move /dev /new/dev
mount --move /proc /new/proc
mount --move /sys /new/sys
mount -t tmpfs -o mode=0755 run /new/run
mount -t tmpfs -o mode=1777 tmp /new/tmp
# What lay in /tmp of the host may be the sources themselves.
word() { sed -n "s/.*\\b$1=\\([^ ]*\\).*/\\1/p" /new/proc/cmdline; }
sources=$(word vm.sources)
case $sources in
/tmp/*) mkdir -p "/new$sources" && mount --bind "/host$sources" "/new$sources" ;;
esac
exec switch_root /new "$(word vm.init)"
