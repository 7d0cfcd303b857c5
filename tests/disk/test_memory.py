"""The n-th allocation fails, for each n of a story: test_memory.py FAULTY [--all | --tries N] [--seed S].

It fails once, or from then on, in the command, in its keeper or in its signer, whoever asks for memory: our own code, SQLite, jansson,
libsodium, OpenSSL, the C library.  (GLib is spared: it ends the process by design; only the reading of mail uses it.  So is CRoaring: its memory is asked for before.)  Under a
sanitizer what leaks is an error too.  Neither keeper nor signer dies of it once it runs."""
import os

from faults import ALLOCATION, FOR_EVER, ROLE_NAMES, ROLES, Faults
from stage import STEPS, Stage, judge, options, run
from story import tell

from tap import expect


def measure(stage, step):
    before = [stage.shared.count(role, ALLOCATION) for role in ROLES]
    stage.first(step)
    return [stage.shared.count(role, ALLOCATION) - n for role, n in zip(ROLES, before)]


def main():
    o = options(__doc__, 50)
    known = os.path.join(os.path.dirname(os.path.abspath(__file__)), "leaks.supp")
    os.environ["LSAN_OPTIONS"] = "suppressions=%s:print_suppressions=0" % known
    stage = Stage(os.path.abspath(o.program), Faults, measure)

    def attempt(place):
        number, role, start, how_many = place
        step = STEPS[number]
        stage.set(step)
        stage.shared.plan(role, ALLOCATION, start, how_many)
        answer = tell(stage.house, step.argv)
        stage.shared.clear()
        crashed = stage.shared.crashed()
        judge(stage, step, answer)
        expect(not crashed, "a process crashed: the plan was for the %s\n%s" % (ROLE_NAMES[role], answer.err))
        return answer.code != 0

    def describe(place):
        number, role, start, how_many = place
        return "allocation %d of %d of the %s fails %s" % (start, stage.measures[number][role], ROLE_NAMES[role],
                                                                  "once" if how_many == 1 else "and all after it")

    places = [(number, role, start, how_many) for number in range(len(STEPS)) for role in ROLES
              for start in range(stage.measures[number][role]) for how_many in (1, FOR_EVER)]
    run(stage, o, places, attempt, describe, "memory may end at any allocation of any process, and the same command goes on")


if __name__ == "__main__":
    main()
