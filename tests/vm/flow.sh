#!/bin/bash
# flow.sh -- in the virtual machine, instead of an init: tests of `memory`, as root and as a user to whom a cgroup was delegated.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
word() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" /proc/cmdline; }
cd "$(word vm.sources)" || exit
LAMBDAGATE_BUILD=$(word vm.build)
export LAMBDAGATE_BUILD LAMBDAGATE_TEST_VM=1 LAMBDAGATE_TEST_PATIENCE=300
tests=$(word vm.tests | tr , ' ')
user=4000

mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup
mkdir -p /dev/shm && mount -t tmpfs -o mode=1777 shm /dev/shm
busybox ip link set lo up

# As a service manager delegates: the folder and three files are the user's, what limits the folder is not.
delegate() { # delegate NAME USER
    local folder=/sys/fs/cgroup/$1
    mkdir "$folder" "$folder/tests"
    echo "+memory" >"$folder/cgroup.subtree_control"
    chown "$2" "$folder" "$folder"/cgroup.{procs,threads,subtree_control}
    chown -R "$2" "$folder/tests"
}

run() { # run NAME TESTS COMMAND...
    local name=$1 tests=$2
    shift 2
    echo "=== as $name"
    (
        echo $BASHPID >"/sys/fs/cgroup/$name/tests/cgroup.procs"
        export LAMBDAGATE_TEST_CGROUP=/sys/fs/cgroup/$name
        # shellcheck disable=SC2086 # several words
        "$@" /usr/bin/python3 -m pytest -v -rs --color=no -o faulthandler_timeout=0 -p no:xdist -c tests/pytest.ini --rootdir . \
            --basetemp "/tmp/pytest-$name" $tests
    )
}

echo "+memory" >/sys/fs/cgroup/cgroup.subtree_control
delegate root 0
delegate user $user
run root "${tests:-tests/vm/test_cgroup.py tests/flow/test_memory.py}" env
run user "${tests:-tests/vm/test_cgroup.py}" setpriv --reuid=$user --regid=$user --clear-groups env HOME=/tmp
echo "=== the end"
busybox poweroff -f
