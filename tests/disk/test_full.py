"""The n-th change to the disk fails, for each n of a story: test_full.py CANDOUR TAPED [--all | --tries N] [--seed S].

The disk is full from then on, can only be read from then on, or fails once.  The command, its keeper and its signer say so and end with a
documented code; fsck finds nothing; and once the disk is well again the same command goes on."""
import argparse
import errno
import os
import random
import shutil
import sys
import tempfile

from story import NOW, STORY, done_already, end_servers, heir_of, inputs, tell
from tape import Tape

from tap import Failed, House, expect

FOR_EVER = 1 << 40
FAILURES = (("full", errno.ENOSPC, FOR_EVER), ("only readable", errno.EROFS, FOR_EVER), ("broken once", errno.EIO, 1))


class Stage:
    """The house as it is before each command of the story, and how many changes each makes."""

    def __init__(self, taped):
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="candour-full-"))
        self.home = os.path.join(self.folder, "home")
        os.mkdir(self.home)
        os.environ["DISK_HOME"] = self.home
        self.tape = Tape(self.folder)
        self.house = House(taped, self.home)
        inputs(self.house)
        self.changes = []
        for number, (argv, _) in enumerate(STORY):
            end_servers(self.home)
            shutil.copytree(self.home, self.before(number), copy_function=shutil.copy2, ignore=no_sockets)
            start = self.tape.changes()
            tell(self.house, argv).exits(0)
            self.changes.append(self.tape.changes() - start)
        end_servers(self.home)

    def before(self, number):
        return os.path.join(self.folder, "before-%d" % number)

    def set(self, number):
        end_servers(self.home)
        shutil.rmtree(self.home)
        shutil.copytree(self.before(number), self.home, copy_function=shutil.copy2)
        self.tape.forget()


def no_sockets(folder, names):
    return [n for n in names if n.endswith((".sock", "-shm"))]


def attempt(stage, number, start, failure):
    _, number_of, count = failure
    argv, holds = STORY[number]
    stage.set(number)
    stage.tape.fail(start, count, number_of)
    answer = tell(stage.house, argv)
    stage.tape.fail(0, 0, 0)
    expect(answer.code in (0, 1, 3), "exit %d\n%s" % (answer.code, answer.err))
    expect(answer.code == 0 or answer.err.startswith("candour: ") or "candour: " in answer.err, "no words: %r" % answer.err)
    expect("AddressSanitizer" not in answer.err, answer.err)
    if number and os.path.exists(stage.house.dir):
        stage.house.run("fsck", "--no-warrant", now=NOW).exits(0)
    again = tell(stage.house, argv)
    if not done_already(stage.house, argv, again):
        again.exits(0)
    holds(stage.house)
    (heir_of(stage.house) if argv[0] == "restore" else stage.house).run("fsck", "--no-warrant", now=NOW).exits(0)
    return answer.code != 0


def wanted(stage, tries, seed):
    every = [(number, start, f) for number in range(len(STORY)) for start in range(stage.changes[number]) for f in range(len(FAILURES))]
    return every if tries is None else sorted(random.Random(seed).sample(every, min(tries, len(every))))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("taped", help="candour with disk_tape.c in it")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--tries", type=int, default=60)
    parser.add_argument("--seed", default="%d" % random.SystemRandom().randrange(1 << 32))
    o = parser.parse_args()
    stage = Stage(os.path.abspath(o.taped))
    tries = wanted(stage, None if o.all else o.tries, o.seed)
    print("# %d changes, %d failures, seed %s" % (sum(stage.changes), len(tries), o.seed))
    failures = noticed = 0
    for number, start, f in tries:
        try:
            noticed += attempt(stage, number, start, FAILURES[f])
        except Failed as why:
            failures += 1
            print("# %s, change %d of %d, the disk %s:" % (" ".join(STORY[number][0][:2]), start, stage.changes[number], FAILURES[f][0]))
            print("\n".join("# " + line for line in str(why).splitlines()))
            sys.stdout.flush()
        if failures >= 10:
            break
    end_servers(stage.home)
    shutil.rmtree(stage.folder, ignore_errors=True)
    print("# %d commands failed" % noticed)
    if 2 * noticed < len(tries):
        failures += 1
        print("# too few of them: does anything fail at all?")
    print("%s 1 - the disk may fail at any change, and the same command goes on" % ("not ok" if failures else "ok"))
    print("1..1")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
