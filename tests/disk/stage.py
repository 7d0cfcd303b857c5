"""The house as it is before each command of the story, so that one command can be tried in it again and again.

What is tried are the commands that change something and, in the house that they leave, some that only read.  After a failure: a
documented code with words, or the whole truth; fsck finds nothing; the same command goes on; and then all answers are the same as where
nothing failed."""
import argparse
import os
import random
import shutil
import sys
import tempfile

from story import NOW, STORY, done_already, end_servers, heir_of, inputs, tell

from tap import Failed, House, expect

BACKUP = [argv[0] for argv, _ in STORY].index("backup")
READS = (
    ("fsck",),
    ("log", "verify"),
    ("log", "checkpoint"),
    ("person", "list"),
    ("person", "show", "3"),
    ("person", "find", "m5@members.example"),
    ("handover", "show", "H1"),
    ("incident", "show", "I1", "--json"),
    ("incident", "scope", "I1", "--people-csv", "--distrust-certificates"),
    ("log", "prove", "4"),
)
ASKED = (("person", "list"), ("recipient", "list"), ("handover", "list"), ("incident", "list"))


class Step:
    def __init__(self, argv, at, holds=None):
        self.argv, self.at, self.holds = argv, at, holds  # at: the house before that command of the story
        self.says = None     # what one that only reads answers where nothing fails
        self.answers = None  # and what is answered after one that changes something

    def name(self):
        return " ".join(self.argv[:2])


STEPS = [Step(argv, at, holds) for at, (argv, holds) in enumerate(STORY)] + [Step(argv, BACKUP) for argv in READS]


class Stage:
    """`shared` makes what the programs share with the test (Tape, Faults); `measure`, called after each step, how much there is to fail."""

    def __init__(self, program, shared, measure, kind=House):
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="candour-stage-"))
        self.home = os.path.join(self.folder, "home")
        os.mkdir(self.home)
        os.environ["DISK_HOME"] = self.home
        self.shared = shared(self.folder)
        self.house = kind(program, self.home)
        inputs(self.house)
        self.measures = []
        for number, step in enumerate(STEPS):
            if step.holds:
                end_servers(self.home)
                shutil.copytree(self.home, self.before(number), copy_function=shutil.copy2, ignore=no_sockets)
            else:
                self.set(step)
            self.measures.append(measure(self, step))
            if step.holds:
                step.answers = answers(self.house_of(step))
        end_servers(self.home)

    def before(self, number):
        return os.path.join(self.folder, "before-%d" % number)

    def house_of(self, step):
        return heir_of(self.house) if step.argv[0] == "restore" else self.house

    def set(self, step):
        end_servers(self.home)
        shutil.rmtree(self.home)
        shutil.copytree(self.before(step.at), self.home, copy_function=shutil.copy2)
        self.shared.forget()

    def first(self, step):
        """The step where nothing fails."""
        answer = tell(self.house, step.argv).exits(0)
        step.says = answer.out
        return answer

    def end(self):
        end_servers(self.home)
        shutil.rmtree(self.folder, ignore_errors=True)


def no_sockets(_, names):
    return [n for n in names if n.endswith((".sock", "-shm"))]


def answers(house):
    return [house.run(*argv, now=NOW).exits(0).out for argv in ASKED]


def documented(answer):
    expect(answer.code in (0, 1, 3), "exit %d\n%s" % (answer.code, answer.err))
    expect(answer.code == 0 or "candour: " in answer.err, "exit %d without words: %r" % (answer.code, answer.err))
    for word in ("Sanitizer", "runtime error", "Report this mistake"):
        expect(word not in answer.err, answer.err)


def judge_reading(stage, step, answer):
    if answer.code == 0 or step.argv[0] == "fsck":
        expect(answer.code != 1, "fsck finds what is not there\n%s%s" % (answer.out, answer.err))
    if answer.code == 0 and step.says is not None and step.argv[0] not in ("fsck", "log"):
        expect(answer.out == step.says, "another answer than where nothing failed:\n%s\nnot\n%s" % (answer.out[-2000:], step.says[-2000:]))
    expect(tell(stage.house, step.argv).exits(0).out == step.says or step.argv[0] in ("fsck", "log"), "another answer afterwards")


def judge_change(stage, step, answer):
    if step.at and os.path.exists(stage.house.dir):
        stage.house.run("fsck", "--no-warrant", now=NOW).exits(0)
    if answer.code == 0:
        step.holds(stage.house)
    again = tell(stage.house, step.argv)
    if not done_already(stage.house, step.argv, again):
        again.exits(0)
    step.holds(stage.house)
    house = stage.house_of(step)
    house.run("fsck", "--no-warrant", now=NOW).exits(0)
    told = answers(house)
    if step.argv[:2] != ("handover", "create") or again.code == 0 and answer.code != 0:
        for words, wanted in zip(told, step.answers):
            expect(words == wanted, "another answer than where nothing failed:\n%s\nnot\n%s" % (words[-2000:], wanted[-2000:]))


def judge(stage, step, answer):
    """Once nothing fails any more."""
    documented(answer)
    (judge_change if step.holds else judge_reading)(stage, step, answer)


def options(words, tries, by_paths=False):
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("program")
    parser.add_argument("--all", action="store_true", help="every place; takes hours")
    if by_paths:
        parser.add_argument("--paths", action="store_true", help="the first place by each path of calls that leads to one, in the whole story")
    parser.add_argument("--tries", type=int, default=tries, help="so many places by chance")
    parser.add_argument("--seed", default="%d" % random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--place", help="this one, as it is told after a failure")
    parser.add_argument("--only", help="commands that begin with these words")
    return parser.parse_args()


def chosen(o, places):
    """Places are (number of the step, of what, ...); by chance each step, and in it each of what, is as likely as any other."""
    if o.place:
        return [tuple(int(n) for n in o.place.split(","))]
    places = [p for p in places if not o.only or " ".join(STEPS[p[0]].argv).startswith(o.only)]
    if o.all or getattr(o, "paths", False):
        return places
    chance, tree = random.Random(o.seed), {}
    for p in places:
        tree.setdefault(p[0], {}).setdefault(p[1], []).append(p)
    picks = [chance.choice(chance.choice(list(chance.choice(list(tree.values())).values()))) for _ in range(o.tries)]
    return sorted(set(picks))


def run(stage, o, places, attempt, describe, claim):
    """attempt(place) makes the failure and gives whether anybody noticed it."""
    wanted = chosen(o, places)
    print("# %d places, %d tried, seed %s" % (len(places), len(wanted), o.seed))
    failures = noticed = 0
    for place in wanted:
        try:
            noticed += attempt(place)
        except Failed as why:
            failures += 1
            print("# %s, %s, --place %s:" % (STEPS[place[0]].name(), describe(place), ",".join(map(str, place))))
            print("\n".join("# " + line for line in str(why).splitlines()))
            sys.stdout.flush()
        if failures >= 10:
            break
    stage.end()
    print("# %d commands failed" % noticed)
    if not o.place and (noticed == 0 or (len(wanted) >= 100 and 4 * noticed < len(wanted))):
        failures += 1
        print("# too few of them: does anything fail at all?")
    print("%s 1 - %s" % ("not ok" if failures else "ok", claim))
    print("1..1")
    sys.exit(1 if failures else 0)
