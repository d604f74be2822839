"""Which system calls a confined program may make: a short list, and nothing beside it.

No connections, no other programs, no signals to others, no rights of files. What is not on the
list fails as forbidden, so that a program learns of it by an exception. Linux on x86-64 and Arm.
"""

from __future__ import annotations

import ctypes
import os
import struct

from homeport.daemon.sandbox import kernel

_NUMBERS = {
    "x86_64": (
        "read=0 write=1 open=2 openat=257 close=3 stat=4 fstat=5 lstat=6 newfstatat=262 "
        "statx=332 lseek=8 mmap=9 mprotect=10 munmap=11 brk=12 rt_sigaction=13 "
        "rt_sigprocmask=14 rt_sigreturn=15 rt_sigpending=127 rt_sigtimedwait=128 "
        "rt_sigsuspend=130 sigaltstack=131 ioctl=16 pread64=17 pwrite64=18 readv=19 writev=20 "
        "preadv=295 pwritev=296 access=21 faccessat=269 faccessat2=439 pipe=22 pipe2=293 "
        "select=23 pselect6=270 poll=7 ppoll=271 sched_yield=24 mremap=25 msync=26 mincore=27 "
        "madvise=28 dup=32 dup2=33 dup3=292 pause=34 nanosleep=35 clock_nanosleep=230 "
        "getitimer=36 setitimer=38 alarm=37 getpid=39 getppid=110 gettid=186 getuid=102 "
        "geteuid=107 getgid=104 getegid=108 getgroups=115 getpgrp=111 exit=60 exit_group=231 "
        "uname=63 fcntl=72 flock=73 fsync=74 fdatasync=75 ftruncate=77 getdents=78 "
        "getdents64=217 getcwd=79 chdir=80 fchdir=81 rename=82 renameat=264 renameat2=316 "
        "mkdir=83 mkdirat=258 rmdir=84 creat=85 unlink=87 unlinkat=263 symlink=88 symlinkat=266 "
        "readlink=89 readlinkat=267 umask=95 gettimeofday=96 time=201 times=100 getrlimit=97 "
        "getrusage=98 sysinfo=99 statfs=137 fstatfs=138 arch_prctl=158 futex=202 "
        "set_tid_address=218 set_robust_list=273 get_robust_list=274 rseq=334 membarrier=324 "
        "sched_getaffinity=204 getcpu=309 epoll_create=213 epoll_create1=291 epoll_ctl=233 "
        "epoll_wait=232 epoll_pwait=281 epoll_pwait2=441 eventfd=284 eventfd2=290 "
        "clock_gettime=228 clock_getres=229 getrandom=318 restart_syscall=219 sendfile=40 "
        "copy_file_range=326 fadvise64=221 fallocate=285 sendto=44 recvfrom=45 recvmsg=47 "
        "sendmsg=46 getsockopt=55 setsockopt=54 getsockname=51 shutdown=48 futex_waitv=449 "
        "pkey_alloc=330 pkey_free=331 pkey_mprotect=329 close_range=436 clone=56 clone3=435 "
        "kill=62 tgkill=234 prlimit64=302 socketpair=53 "
    ),
    "aarch64": (
        "read=63 write=64 openat=56 close=57 fstat=80 statx=291 lseek=62 mmap=222 mprotect=226 "
        "munmap=215 brk=214 rt_sigaction=134 rt_sigprocmask=135 rt_sigreturn=139 "
        "rt_sigpending=136 rt_sigtimedwait=137 rt_sigsuspend=133 sigaltstack=132 ioctl=29 "
        "pread64=67 pwrite64=68 readv=65 writev=66 preadv=69 pwritev=70 faccessat=48 "
        "faccessat2=439 pipe2=59 pselect6=72 ppoll=73 sched_yield=124 mremap=216 msync=227 "
        "mincore=232 madvise=233 dup=23 dup3=24 nanosleep=101 clock_nanosleep=115 getitimer=102 "
        "setitimer=103 getpid=172 getppid=173 gettid=178 getuid=174 geteuid=175 getgid=176 "
        "getegid=177 getgroups=158 exit=93 exit_group=94 uname=160 fcntl=25 flock=32 fsync=82 "
        "fdatasync=83 ftruncate=46 getdents64=61 getcwd=17 chdir=49 fchdir=50 renameat=38 "
        "renameat2=276 mkdirat=34 unlinkat=35 symlinkat=36 readlinkat=78 umask=166 "
        "gettimeofday=169 times=153 getrlimit=163 getrusage=165 sysinfo=179 statfs=43 "
        "fstatfs=44 futex=98 set_tid_address=96 set_robust_list=99 get_robust_list=100 rseq=293 "
        "membarrier=283 sched_getaffinity=123 getcpu=168 epoll_create1=20 epoll_ctl=21 "
        "epoll_pwait=22 epoll_pwait2=441 eventfd2=19 clock_gettime=113 clock_getres=114 "
        "getrandom=278 restart_syscall=128 sendfile=71 copy_file_range=285 fadvise64=223 "
        "fallocate=47 sendto=206 recvfrom=207 recvmsg=212 sendmsg=211 getsockopt=209 "
        "setsockopt=208 getsockname=204 shutdown=210 futex_waitv=449 pkey_alloc=289 "
        "pkey_free=290 pkey_mprotect=288 close_range=436 clone=220 clone3=435 kill=129 "
        "tgkill=131 prlimit64=261 socketpair=199 newfstatat=79 "
    ),
}
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_JUDGED = frozenset(
    {"clone", "clone3", "fcntl", "ioctl", "kill", "prlimit64", "socketpair", "tgkill"}
)
"""Calls that depend on what they are called with."""
_CLONE_THREAD = 0x10000
_UNIX, _STREAM, _KIND_OF_SOCKET = 1, 1, 0xF
_FCNTL_THAT_SIGNALS = (8, 10, 15, 1024, 1026)
"""Ways to have others signalled: F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY."""
_HARMLESS_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX."""

# Classic BPF: load a word, compare, mask, return.
_LOAD, _IF_EQUAL, _IF_SET, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x54, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_OTHER_CALLS = 0x40000000
"""From here on x86-64 numbers mean the calls of a third architecture."""
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2

Step = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def is_known(machine: str = kernel.MACHINE) -> bool:
    """Whether there is a list for this processor."""
    return machine in _NUMBERS


def confine() -> None:
    """From here on only the list. Needs no rights; raises `Refused`."""
    steps = steps_of(kernel.MACHINE, os.getpid())
    packed = b"".join(struct.pack("=HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(packed, len(packed))
    program = _Program(len(steps), ctypes.cast(buffer, ctypes.c_void_p))
    kernel.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(program))


def steps_of(machine: str, own_pid: int) -> list[Step]:
    """The filter: a pure function of the processor and the process."""
    numbers = numbers_of(machine)
    steps: list[Step] = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_IF_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 0, 1, _OTHER_CALLS),
        (_RETURN, 0, 0, _KILL),
    ]
    for name, number in numbers.items():
        body = _judging(name, own_pid) if name in _JUDGED else [(_RETURN, 0, 0, _ALLOW)]
        steps += [(_IF_EQUAL, 0, len(body), number), *body]
    return [*steps, (_RETURN, 0, 0, _ERROR | _EPERM)]


def numbers_of(machine: str) -> dict[str, int]:
    """The list."""
    pairs = (pair.partition("=") for pair in _NUMBERS[machine].split())
    return {name: int(number) for name, _, number in pairs}


def _judging(name: str, own_pid: int) -> list[Step]:
    refused: Step = (_RETURN, 0, 0, _ERROR | _EPERM)
    allowed: Step = (_RETURN, 0, 0, _ALLOW)
    if name == "clone3":
        # Its flags lie in memory, where no filter reads; the library then uses `clone`.
        return [(_RETURN, 0, 0, _ERROR | _ENOSYS)]
    if name == "clone":
        return [_argument(0), (_IF_SET, 0, 1, _CLONE_THREAD), allowed, refused]
    if name == "fcntl":
        return [_argument(1), *_any_of(_FCNTL_THAT_SIGNALS, refused), allowed]
    if name == "ioctl":
        return [_argument(1), *_any_of(_HARMLESS_IOCTLS, allowed), refused]
    if name == "prlimit64":
        return [_argument(0), *_any_of((0,), allowed), refused]
    if name == "socketpair":
        return [
            *[_argument(0), (_IF_EQUAL, 1, 0, _UNIX), refused],
            *[_argument(1), (_AND, 0, 0, _KIND_OF_SOCKET), *_any_of((_STREAM,), allowed), refused],
        ]
    return [_argument(0), *_any_of((own_pid,), allowed), refused]


def _argument(place: int) -> Step:
    """Its lower half, which is where flags and process ids are."""
    return (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * place)


def _any_of(values: tuple[int, ...], verdict: Step) -> list[Step]:
    return [step for value in values for step in ((_IF_EQUAL, 0, 1, value), verdict)]
