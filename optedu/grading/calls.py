"""The filter of system calls: what a student's process may ask the kernel for (seccomp)."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import tempfile
from typing import Any

FORBIDDEN = (
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "bpf",
    "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr", "unshare", "setns", "add_key", "request_key",
    "keyctl", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "reboot", "swapon", "swapoff", "acct", "quotactl", "nfsservctl", "lookup_dcookie", "iopl",
    "ioperm", "modify_ldt", "vm86", "vm86old", "open_by_handle_at", "name_to_handle_at",
    "fanotify_init", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "stime",
    "sethostname", "setdomainname", "syslog", "uselib", "vhangup", "pidfd_getfd",
)  # fmt: skip
"""Calls that only an attack makes; they end the process."""

REFUSED = (
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg",
    "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "fork", "vfork", "memfd_secret", "mq_open",
    "shmget", "shmat", "semget", "msgget", "inotify_init", "inotify_init1", "personality",
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "capset",
    "pidfd_open", "pidfd_send_signal", "mknod", "mknodat", "setsid", "setpgid",
)  # fmt: skip
"""Calls that fail with "not permitted", as Python then says."""

WRITES = (
    "unlink", "unlinkat", "rmdir", "rename", "renameat", "renameat2", "truncate", "mkdir",
    "mkdirat", "symlink", "symlinkat", "link", "linkat", "chmod", "fchmod", "fchmodat", "chown",
    "fchown", "lchown", "fchownat", "kill", "tkill", "execve", "execveat", "creat",
)  # fmt: skip
"""Refused, too, where no namespace protects the user's files and processes."""

CLONE_THREAD = 0x00010000
PR_SET_PDEATHSIG = 1
_CHANGING = (os.O_CREAT, os.O_TRUNC)


@functools.cache
def filtering(isolation: str) -> bytes | None:
    """Return the filter as a program for the kernel, None where there is none."""
    if sys.platform != "linux":
        return None
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError):
        return None
    rules: Any = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    refuse, kill = pyseccomp.ERRNO(1), pyseccomp.KILL_PROCESS
    names = dict.fromkeys(FORBIDDEN, kill) | dict.fromkeys(REFUSED, refuse)
    if isolation == "limits":
        names |= dict.fromkeys(WRITES, refuse)
    for name in ("clone3", "openat2"):  # "no such call": their flags lie in memory
        names[name] = pyseccomp.ERRNO(38)
    for name, action in names.items():
        with contextlib.suppress(ValueError, OSError, RuntimeError):  # not on this processor
            rules.add_rule(action, name)
    no_thread = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_THREAD, 0)
    rules.add_rule(refuse, "clone", no_thread)
    to_outlive_its_parent = pyseccomp.Arg(0, pyseccomp.EQ, PR_SET_PDEATHSIG)
    rules.add_rule(refuse, "prctl", to_outlive_its_parent)
    if isolation == "limits":
        for name, place in (("open", 1), ("openat", 2)):
            for mask, flags in ((3, os.O_WRONLY), (3, os.O_RDWR), *((f, f) for f in _CHANGING)):
                with contextlib.suppress(ValueError, OSError, RuntimeError):
                    arg = pyseccomp.Arg(place, pyseccomp.MASKED_EQ, mask, flags)
                    rules.add_rule(refuse, name, arg)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
