"""What the end-to-end tests share: TAP on standard output, a folder of their own, and the candour command.

A test is a function with the parameter `house`; each gets a fresh folder.  run_all() runs them and prints the plan."""
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

NOW = "2018-06-15T08:00:00Z"
MEMBERS = "Contact ID,First Name,Last Name,Email,Postal Code,Membership Start Date,Membership Expiration Date,Membership Status\n"


class Failed(Exception):
    pass


def expect(condition, words):
    if not condition:
        raise Failed(words)


def equal(got, wanted, what):
    expect(got == wanted, "%s: got %r, wanted %r" % (what, got, wanted))


class Skipped(Exception):
    """What this machine, or this user, can't do."""


class Answer:
    """What a command said."""

    def __init__(self, done, argv):
        self.code = done.returncode
        self.out = done.stdout.decode("utf-8")
        self.err = done.stderr.decode("utf-8")
        self.argv = argv

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise Failed("not one JSON document: %r by %r" % (self.out[:300], self.argv)) from None

    def exits(self, code):
        if self.code != code:
            raise Failed("%r exits %d, wanted %d\n%s%s" % (self.argv, self.code, code, self.out[-2000:], self.err[-2000:]))
        return self


class House:
    """A folder with a practice installation in `d` and its slot beside it."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.dir = os.path.join(folder, "d")
        self.slot = os.path.join(folder, "d.slot")

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text):
        with open(self.path(name), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode("utf-8"))
        return self.path(name)

    def raw(self, *argv, crash=None, env=None):
        """The command as it is, without -C."""
        full = dict(os.environ)
        full.pop("CANDOUR_DIR", None)
        full.pop("CANDOUR_CRASH_AT", None)
        if crash:
            full["CANDOUR_CRASH_AT"] = crash
        full.update(env or {})
        done = subprocess.run([self.program, *argv], cwd=self.folder, env=full, stdin=subprocess.DEVNULL, capture_output=True,
                              start_new_session=True, timeout=120, check=False)  # no terminal, so that nothing is asked on it
        return Answer(done, argv)

    def run(self, *argv, now=None, crash=None):
        """With -C, and --now where given."""
        when = ("--now", now) if now else ()
        return self.raw("-C", self.dir, *argv, *when, crash=crash)

    def init(self, *more, crash=None, now=NOW):
        return self.run("init", "--name", "Example Members' Union", "--contact", "privacy@union.example", "--slot", self.slot,
                        "--practice", *more, now=now, crash=crash)


def on_a_terminal(house, typed, *argv):
    """The command on a terminal of its own; `typed` is typed as it is asked for.  What the terminal showed, and the exit code."""
    pid, fd = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # whatever the tests were started from
        os.execv(house.program, [house.program, "-C", house.dir, *argv])
    shown, waiting, end = b"", list(typed), time.time() + 60
    while time.time() < end:
        if not select.select([fd], [], [], 0.2)[0]:
            continue
        try:
            piece = os.read(fd, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if waiting and shown.endswith(waiting[0][0].encode()):
            os.write(fd, waiting.pop(0)[1].encode())
            shown += b"|"
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return shown.decode(), os.waitstatus_to_exitcode(status)


KILLED = -signal.SIGKILL


def run_all(tests):
    if len(sys.argv) < 2:
        sys.exit("usage: %s CANDOUR" % sys.argv[0])
    program = os.path.abspath(sys.argv[1])
    failed = 0
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        folder = tempfile.mkdtemp(prefix="candour-e2e-")
        try:
            test(House(program, folder))
            print("ok %d - %s" % (number, name))
        except Skipped as why:
            print("ok %d - %s # SKIP %s" % (number, name, why))
        except Exception as error:  # a broken test is a failed test
            failed += 1
            print("not ok %d - %s" % (number, name))
            words = str(error) if isinstance(error, Failed) else traceback.format_exc(limit=-3)
            for line in words.splitlines():
                print("# " + line)
            print("%s: %s" % (name, words), file=sys.stderr)  # all that a runner shows of a failed TAP program
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        sys.stdout.flush()
    print("1..%d" % len(tests))
    sys.exit(1 if failed else 0)
