#!/bin/bash
# systemd.sh -- in the virtual machine: what was installed, and systemd as the init that starts the tests and little else.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
word() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" /proc/cmdline; }
sources=$(word vm.sources)

# Nothing of what this machine starts, mounts or waits for.
rm -rf /etc/systemd/system /etc/lambdagate
rm -f /.dockerenv
: >/etc/fstab
mkdir -p /etc/systemd/system /etc/lambdagate
for unit in systemd-udevd.service systemd-udev-trigger.service systemd-timesyncd.service systemd-networkd.service \
    dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount systemd-binfmt.service \
    proc-sys-fs-binfmt_misc.automount systemd-modules-load.service systemd-journal-flush.service systemd-udevd-kernel.socket \
    systemd-udevd-control.socket systemd-random-seed.service systemd-update-utmp.service dbus.service dbus.socket apparmor.service; do
    ln -s /dev/null "/etc/systemd/system/$unit"
done

cat >/etc/systemd/system/tests.service <<END
[Unit]
Wants=basic.target
After=basic.target
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
WorkingDirectory=$sources
Environment=LAMBDAGATE_BUILD=$(word vm.build) LAMBDAGATE_TEST_VM=1 LAMBDAGATE_TEST_PATIENCE=400 PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8
StandardOutput=file:/dev/ttyS1
StandardError=inherit
ExecStart=/usr/bin/python3 -m pytest -v -rs --color=no -o faulthandler_timeout=0 -p no:xdist -c tests/pytest.ini --rootdir . --basetemp /tmp/pytest tests/vm/test_systemd.py
ExecStopPost=/bin/echo === the end
END

# An emulated processor is slow, and its host may be busy.
for unit in lambdagated.service lambdagate-worker@.service; do
    mkdir -p "/etc/systemd/system/$unit.d"
    printf '[Service]\nTimeoutStartSec=600\nTimeoutStopSec=120\n' >"/etc/systemd/system/$unit.d/slow.conf"
done
printf 'WatchdogSec=120\n' >>/etc/systemd/system/lambdagated.service.d/slow.conf

cp -a "$(word vm.build)-vm/." /
exec /lib/systemd/systemd --unit=tests.service --show-status=no --log-target=console
