"""One bit of one file is another: test_flips.py CANDOUR [--flips N] [--seed S].

For each file of the data directory and beside the slot, the database with its journal at many places: fsck, `log verify` and commands that read are made in a
copy with one flipped bit.  What they answer is what they answered before, or they end with an error in words, or say that the register is
older than its log; where nothing finds the flip, all answers are the same, so that it fell on bytes that mean nothing.  Nothing crashes,
and nothing hangs."""
import argparse
import os
import random
import shutil
import sqlite3
import sys
import tempfile

from story import NOW, STORY, end_servers, inputs, tell

from tap import Failed, House, expect

OLDER = "ALARM: the register is older than the log that it published"  # a damaged journal ends where it is damaged
CHECKS = (("fsck", "--no-warrant"), ("log", "verify"))
READS = (
    ("person", "list", "--json"),
    ("person", "count", "--json"),
    ("person", "show", "3", "--json"),
    ("person", "find", "m5@members.example", "--json"),
    ("handover", "list", "--json"),
    ("handover", "show", "H1", "--json"),
    ("recipient", "show", "pellwick", "--json"),
    ("incident", "show", "I1", "--json"),
    ("incident", "scope", "I1", "--people-csv", "--distrust-certificates"),
)
STORY_LENGTH = [argv[0] for argv, _ in STORY].index("backup")


def make(program, folder, stored):
    """The house after the story; stored with the database's journal, which somebody who reads keeps there."""
    house = House(program, os.path.join(folder, "home"))
    os.mkdir(house.folder)
    inputs(house)
    for argv, _ in STORY[:STORY_LENGTH - 2]:
        tell(house, argv).exits(0)
    reader = sqlite3.connect(os.path.join(house.dir, "register.db"), isolation_level=None)
    reader.execute("begin")
    reader.execute("select count(*) from entry").fetchone()
    for argv, _ in STORY[STORY_LENGTH - 2:STORY_LENGTH]:
        tell(house, argv).exits(0)
    end_servers(house.folder)
    shutil.copytree(house.folder, stored, copy_function=shutil.copy2, ignore=no_sockets)
    reader.close()
    expect(os.path.getsize(os.path.join(stored, "d", "register.db-wal")) > 0, "there is no journal")
    return house


def no_sockets(_, names):
    return [n for n in names if n.endswith((".sock", "-shm"))]


def files_of(house):
    """The data directory, and what lies beside the slot."""
    found = [n for n in os.listdir(house.folder) if n.startswith("d.slot")]
    for where, _, names in os.walk(house.dir):
        found += [os.path.relpath(os.path.join(where, n), house.folder) for n in names if not n.endswith("-shm")]
    return sorted(f for f in found if os.path.getsize(os.path.join(house.folder, f)))


def flip(path, bit):
    with open(path, "r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0] ^ 1 << bit % 8
        file.seek(bit // 8)
        file.write(bytes([byte]))


def lay(house, stored):
    end_servers(house.folder)
    shutil.rmtree(house.folder)
    shutil.copytree(stored, house.folder, copy_function=shutil.copy2, ignore=no_sockets)


def right_or_refused(answer, wanted):
    expect(answer.code in (0, 1, 3), "%r exits %d: %s" % (answer.argv, answer.code, answer.err))
    expect(answer.code == 0 or "candour: " in answer.err, "%r exits %d without words" % (answer.argv, answer.code))
    expect("Sanitizer" not in answer.err and "Report this mistake" not in answer.err, answer.err)
    expect(answer.code != 0 or answer.out == wanted or OLDER in answer.err, "%r answers\n%s\nnot\n%s" % (answer.argv, answer.out[-1500:], wanted[-1500:]))


def attempt(house, stored, answers, name, bit):
    """Gives whether anybody found it."""
    lay(house, stored)
    flip(os.path.join(house.folder, name), bit)
    found = other = False
    for argv in READS:  # before any check: nobody has warned
        answer = house.run(*argv, now=NOW)
        right_or_refused(answer, answers[argv])
        found = found or answer.code != 0
        other = other or answer.code == 0 and answer.out != answers[argv]
    noticed = 0
    for argv in CHECKS:
        answer = house.run(*argv, now=NOW)
        expect(answer.code in (0, 1, 3), "%r exits %d: %s" % (argv, answer.code, answer.err))
        expect("Sanitizer" not in answer.err and "Report this mistake" not in answer.err, answer.err)
        noticed += answer.code != 0
    expect(noticed or not other, "an alarm, and neither fsck nor log verify finds anything")
    return found or noticed > 0


def places(house, o):
    """As many in the database and its journal as in all other files together, at least one in each file."""
    chance, files = random.Random(o.seed), files_of(house)
    big = [f for f in files if f.startswith("d/register.db")]
    small = [f for f in files if f not in big]
    picks = [chance.choice(small) for _ in range(o.flips // 2)] if o.flips < 2 * len(small) else small * (o.flips // 2 // len(small))
    picks += [big[i % len(big)] for i in range(o.flips - len(picks))]
    return [(name, chance.randrange(8 * os.path.getsize(os.path.join(house.folder, name)))) for name in picks]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--flips", type=int, default=40)
    parser.add_argument("--seed", default="%d" % random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--place", help="FILE,BIT: this one, as it is told after a failure")
    o = parser.parse_args()
    folder = os.path.realpath(tempfile.mkdtemp(prefix="candour-flips-"))
    stored = os.path.join(folder, "stored")
    house = make(os.path.abspath(o.program), folder, stored)
    lay(house, stored)
    answers = {argv: house.run(*argv, now=NOW).exits(0).out for argv in READS}
    wanted = [(o.place.rsplit(",", 1)[0], int(o.place.rsplit(",", 1)[1]))] if o.place else places(House(o.program, stored), o)
    failures, found = 0, 0
    print("# %d flips, seed %s" % (len(wanted), o.seed))
    for name, bit in wanted:
        try:
            found += attempt(house, stored, answers, name, bit)
        except Failed as why:
            failures += 1
            print("# --place %s,%d (byte %d):" % (name, bit, bit // 8))
            print("\n".join("# " + line for line in str(why).splitlines()))
            sys.stdout.flush()
    end_servers(folder)
    shutil.rmtree(folder, ignore_errors=True)
    print("# %d were found, %d changed nothing" % (found, len(wanted) - found - failures))
    if 3 * found < len(wanted):
        failures += 1
        print("# too few were found: does anybody look?")
    print("%s 1 - a flipped bit is found, or changes nothing" % ("not ok" if failures else "ok"))
    print("1..1")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
