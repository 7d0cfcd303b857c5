"""The power is cut while a story is told: test_power.py CANDOUR TAPED [--all | --images N] [--seed S].

Every change that the command, its keeper and its signer make to a file is taped.  Then the disk is made as it may be after a cut at
some change: nothing lost, all that was not synced lost, the newest write torn, or any part of what was not synced there.  On each such
disk: before anything of ours looks at it, what lies published is whole and goes on from every checkpoint that ever left, acknowledged or
only there for a moment; what was acknowledged is there, fsck finds nothing, the story goes on with the command that was cut off, and the
log at its end goes on from them too."""
import argparse
import os
import random
import shutil
import sys
import tempfile

from story import NOW, STORY, done_already, end_servers, handovers, heir_of, incidents, inputs, lose, tell
from tape import LOSSES, RENAME, SYNC_DIR, Disk, Tape

from outside import Outsider
from tap import Failed, House, equal, expect


class Recording:
    """The story told once: its changes, and how many there were when each command was acknowledged."""

    def __init__(self, taped):
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="candour-power-"))
        self.home = os.path.join(self.folder, "home")
        os.mkdir(self.home)
        self.tape = Tape(self.folder)
        os.environ["DISK_HOME"] = self.home
        self.marks, self.checkpoints = [], []
        house = House(taped, self.home)
        inputs(house)
        try:
            for argv, holds in STORY:
                if argv[0] == "restore":
                    lose(house)  # not by a program that is taped
                    lost_at = len(self.tape.ops())
                tell(house, argv).exits(0)
                self.marks.append(self.tape.changes())
                self.checkpoints.append((heir_of(house) if argv[0] == "restore" else house).run("log", "checkpoint").exits(0).out)
        finally:
            del os.environ["DISK_HOME"]
            end_servers(self.home)
        self.ops = self.tape.ops()[:self.marks[-1]]
        equal(len(self.ops), self.marks[-1], "changes on the tape")
        self.ops[lost_at:lost_at] = [(RENAME, house.dir, house.path("lost"), 0, b""), (SYNC_DIR, self.home, "", 0, b"")]
        self.marks[-1] += 2

        self.shown = shown(self.ops)

    def told(self, cut):
        """The newest checkpoint at the end of each command that was acknowledged."""
        return [note for note, mark in zip(self.checkpoints, self.marks) if mark <= cut]

    def left(self, cut):
        """The checkpoints that anybody may have seen."""
        return [note for at, note in self.shown if at <= cut] + self.told(cut)

    def acknowledged(self, cut):
        return sum(1 for mark in self.marks if mark <= cut)


def shown(ops):
    """(after how many changes, checkpoint) of each that was put into the published folder."""
    disk, found = Disk(), []
    for number, op in enumerate(ops, 1):
        disk.happen(op)
        kind, _, to = op[:3]
        if kind == RENAME and to.endswith("/log/checkpoint"):
            found.append((number, disk.names[to].now.decode()))
    return found


def lay(image, home):
    """An image as files."""
    shutil.rmtree(home, ignore_errors=True)
    os.mkdir(home)
    for path in sorted(image):
        if not os.path.isdir(os.path.dirname(path)):
            continue  # the folder's own name was lost
        if image[path] is None:
            os.mkdir(path, 0o700)
            continue
        with open(path, "wb") as file:
            file.write(image[path])
        os.chmod(path, 0o600)


def published(recording, house, cut):
    """What anybody finds in the folder, with nothing of ours run since the cut.  Only what was shown and not acknowledged may be lost."""
    if not os.path.exists(os.path.join(house.dir, "log", "checkpoint")):
        expect(not recording.told(cut) or os.path.exists(house.path("lost")), "the published checkpoint is gone")
        return
    outsider = Outsider(house)
    outsider.extends(recording.told(cut) + [note for note in recording.left(cut) if outsider.claim(note)[0] <= outsider.size])


def check(recording, house, cut):
    done = recording.acknowledged(cut)
    published(recording, house, cut)
    inputs(house)
    given_up = os.path.exists(house.path("lost"))
    if done and not given_up:
        house.run("fsck", "--no-warrant", now=NOW).exits(0)
    for _, holds in STORY[1:done] if not given_up else ():
        holds(house)
    for argv, holds in STORY[done:]:
        answer = tell(house, argv)
        if not done_already(house, argv, answer):
            answer.exits(0)
        holds(house)
    heir = heir_of(house)
    heir.run("fsck", now=NOW).exits(0)
    heir.run("log", "verify").exits(0)
    equal((handovers(heir), incidents(heir)), (2, 1), "hand-overs and breaches at the end of the story")
    Outsider(heir).extends(recording.left(cut))


def cuts(recording, images, seed):
    """All of them; or some by chance, those at each command's end among them."""
    every = [(n, loss) for n in range(len(recording.ops) + 1) for loss in range(len(LOSSES))]
    if images is None:
        return every
    chance = random.Random(seed)
    ends = [(mark, 1) for mark in recording.marks]
    return sorted(set(chance.sample(every, min(images, len(every))) + ends))


def replay(program, recording, wanted, seed):
    disk, at, failures = Disk(), 0, 0
    for n, loss in wanted:
        while at < n:
            disk.happen(recording.ops[at])
            at += 1
        lay(LOSSES[loss](disk, random.Random("%s %d %d" % (seed, n, loss))), recording.home)
        try:
            check(recording, House(program, recording.home), n)
        except Failed as why:
            failures += 1
            print("# cut after change %d of %d (%s), seed %s, in %s:" % (n, len(recording.ops), LOSSES[loss].__name__, seed,
                                                                          " ".join(STORY[min(recording.acknowledged(n), len(STORY) - 1)][0][:2])))
            print("\n".join("# " + line for line in str(why).splitlines()))
            sys.stdout.flush()
        finally:
            end_servers(recording.home)
        if failures >= 10:
            break
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("taped", help="the same with disk_tape.c in it")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--seed", default="%d" % random.SystemRandom().randrange(1 << 32))
    o = parser.parse_args()
    program = os.path.abspath(o.program)
    recording = Recording(os.path.abspath(o.taped))
    wanted = cuts(recording, None if o.all else o.images, o.seed)
    print("# %d changes, %d disks, seed %s" % (len(recording.ops), len(wanted), o.seed))
    failures = replay(program, recording, wanted, o.seed)
    shutil.rmtree(recording.folder, ignore_errors=True)
    print("%s 1 - what was acknowledged survives a power cut at any change of any process" % ("not ok" if failures else "ok"))
    print("1..1")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
