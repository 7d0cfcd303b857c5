"""The n-th call of the system fails, for each n of a story: test_calls.py CANDOUR [--all | --paths | --tries N] [--seed S].

strace makes it fail: in the command, and in the keeper and the signer until they have confined themselves (a call that a tracer takes
away is not in their table, so that it ends them; faulty.c fails theirs, see test_confined_calls.py).  A call that was only interrupted
(EINTR) is made again, and nobody notices.  Any other failure: a documented code with words, or none where the call did not matter;
fsck finds nothing; and the same command goes on.  Skipped where processes can't be traced."""
import errno
import os
import re
import shutil
import subprocess
import sys

from stage import STEPS, Stage, judge, options, run
from story import end_servers, tell

from tap import Answer, House, expect

INTERRUPTED = ("read", "pread64", "write", "pwrite64", "poll", "connect", "sendto", "recvfrom", "wait4", "flock", "getrandom", "ftruncate")
# Randomness can only be interrupted: without any libsodium ends the process, by design.
# No brk: it fails by an address, not by an errno, so that the C library would take the errno for one.
ERRORS = {
    "access": "EIO", "bind": "EADDRINUSE", "chdir": "EIO", "clone": "EAGAIN ENOMEM", "clone3": "EAGAIN", "close": "EIO EINTR",
    "close_range": "ENOSYS", "connect": "ECONNREFUSED EAGAIN", "dup2": "EBUSY", "execve": "ENOMEM ENOENT", "fchmod": "EIO EPERM",
    "fcntl": "EINTR ENOLCK EMFILE", "fdatasync": "EIO ENOSPC", "flock": "ENOLCK EAGAIN", "fsync": "EIO", "ftruncate": "EIO ENOSPC",
    "getcwd": "ENOENT", "getdents64": "EIO", "getrandom": "", "getsockopt": "ENOBUFS", "landlock_create_ruleset": "ENOSYS",
    "landlock_restrict_self": "E2BIG", "listen": "EADDRINUSE", "lseek": "EIO", "lstat": "EIO", "mkdir": "EIO ENOSPC", "mlock": "ENOMEM EPERM",
    "mmap": "ENOMEM", "mprotect": "ENOMEM", "mremap": "ENOMEM", "munmap": "EINVAL", "newfstatat": "EIO ENOMEM", "openat": "EIO EMFILE ENFILE EACCES",
    "pipe2": "EMFILE", "poll": "ENOMEM", "prctl": "EINVAL", "pread64": "EIO", "prlimit64": "EPERM", "pwrite64": "EIO ENOSPC", "read": "EIO",
    "readlink": "EIO", "recvfrom": "ECONNRESET", "rename": "EIO ENOSPC", "renameat2": "EIO EINVAL", "seccomp": "EINVAL", "sendto": "EPIPE ENOBUFS",
    "setsid": "EPERM", "setsockopt": "ENOPROTOOPT", "socket": "EMFILE ENOMEM", "statfs": "EIO", "unlink": "EIO EBUSY", "wait4": "ECHILD",
    "write": "EIO ENOSPC",
}
CALLS = sorted(ERRORS)
DEPTH = 12  # of a path
FAILURES = {call: errors.split() + (["EINTR"] if call in INTERRUPTED else []) for call, errors in ERRORS.items()}


class Traced(House):
    """Its next command is made under strace with these options."""

    options = None

    def raw(self, *argv, crash=None, env=None):
        if self.options is None:
            return super().raw(*argv, crash=crash, env=env)
        options_, self.options = self.options, None
        said = [self.path("..", name) for name in ("out", "err")]
        with open(said[0], "w+b") as out, open(said[1], "w+b") as err:  # no pipes: the tracer of the keeper would hold them
            full = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
            done = subprocess.run(["strace", "-D", "-q", "-o", self.path("..", "calls"), *options_, self.program, *argv], cwd=self.folder, env=full,
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True, timeout=120, check=False)
            out.seek(0)
            err.seek(0)
            done.stdout, done.stderr = out.read(), err.read()
        return Answer(done, argv)


class Nothing:
    """Shares nothing."""

    def __init__(self, _):
        pass

    def forget(self):
        pass


def calls_made(lines):
    """Per process: its calls up to its own confinement, each [name, the places it was made from]."""
    made, confined, last = {}, set(), None
    for line in lines:
        found = re.match(r"(\d+) +(?:([a-z0-9_]+)\((.*)|<\.\.\. [a-z0-9_]+ resumed)", line)
        if found and found.group(2) and found.group(1) not in confined:
            made.setdefault(found.group(1), []).append([found.group(2), []])
            if found.group(2) == "seccomp" and found.group(3).startswith("SECCOMP_SET_MODE_FILTER") and "NULL" not in found.group(3):
                confined.add(found.group(1))
        if found:
            last = made.get(found.group(1), [None])[-1] if found.group(1) not in confined else None
        elif line.startswith(" > ") and last and len(last[1]) < DEPTH and line not in last[1][-1:]:
            last[1].append(line)
    return made


class Measured:
    """Of the command and of what it starts: how often each call is made (by one process), and which of them are to fail."""

    def __init__(self):
        self.counts, self.starts = ({}, {}), ({}, {})

    def add(self, which, calls, known):
        numbers = {}
        for call, path in calls:
            number = numbers[call] = numbers.get(call, -1) + 1
            self.counts[which][call] = max(self.counts[which].get(call, 0), number + 1)
            if known is None or (which, call, *path) not in known:
                self.starts[which].setdefault(call, set()).add(number)
            if known is not None:
                known.add((which, call, *path))


def measure(by_paths):
    known = set() if by_paths else None

    def step(stage, it):
        stage.house.options = ("-f", *(("-k",) if by_paths else ()), "-e", "trace=" + ",".join(CALLS))
        stage.first(it)
        end_servers(stage.home)
        with open(stage.house.path("..", "calls"), encoding="utf-8", errors="replace") as file:
            made = calls_made(file)
        measured, command = Measured(), min(made, key=int)
        for pid, calls in made.items():
            measured.add(pid != command, calls, known)
        return measured

    return step


def can_trace():
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-D", "-o", os.devnull, "-e", "inject=getcwd:error=ENOENT", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def loader_failed(answer):
    return answer.code == 127 and "while loading shared libraries" in answer.err


def main():
    o = options(__doc__, 40, True)
    if not can_trace():
        print("ok 1 - the n-th call of the system fails # SKIP strace is missing, or may not trace here\n1..1")
        sys.exit(0)
    stage = Stage(os.path.abspath(o.program), Nothing, measure(o.paths), Traced)

    def attempt(place):
        number, at, which, start, error = place
        step, call = STEPS[number], CALLS[at]
        name = FAILURES[call][error]
        stage.set(step)
        stage.house.options = (*(("-f",) if which else ()), "-e", "trace=" + call, "-e", "inject=%s:error=%s:when=%d" % (call, name, start + 1))
        answer = tell(stage.house, step.argv)
        expect(not answer.err.startswith("strace:"), answer.err)
        if loader_failed(answer):
            return True  # before there was a program
        judge(stage, step, answer)
        expect(name != "EINTR" or call not in INTERRUPTED or answer.code == 0, "an interruption was noticed: %s" % answer.err)
        return answer.code != 0

    def describe(place):
        number, at, which, start, error = place
        call = CALLS[at]
        return "%s %d of %d of %s fails with %s" % (call, start + 1, stage.measures[number].counts[which][call], ("the command", "what it starts")[which],
                                                   FAILURES[call][error])

    places = [(number, CALLS.index(call), which, start, error) for number in range(len(STEPS)) for which in (0, 1)
              for call, starts in stage.measures[number].starts[which].items() if call in ERRORS for start in sorted(starts) for error in range(len(FAILURES[call]))]
    expect(all(hasattr(errno, name) for names in FAILURES.values() for name in names), "an errno that is none")
    run(stage, o, places, attempt, describe, "any call of the system may fail, and the same command goes on")


if __name__ == "__main__":
    main()
