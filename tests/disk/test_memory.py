"""The n-th allocation fails, for each n of a story: test_memory.py FAULTY [--all | --paths | --tries N] [--seed S].

It fails once, or from then on, in the command, in its keeper or in its signer, whoever asks for memory: our own code, SQLite, jansson,
libsodium, OpenSSL, the C library.  (GLib is spared: it ends the process by design; only the reading of mail uses it.  So is CRoaring: its memory is asked for before.)  Under a
sanitizer what leaks is an error too.  Neither keeper nor signer dies of it once it runs."""
import os

from faults import ALLOCATION, FOR_EVER, ROLE_NAMES, ROLES, Faults, measure, places
from stage import STEPS, Stage, judge, options, run
from story import tell

from tap import expect


def main():
    o = options(__doc__, 50, True)
    known = os.path.join(os.path.dirname(os.path.abspath(__file__)), "leaks.supp")
    os.environ["LSAN_OPTIONS"] = "suppressions=%s:print_suppressions=0" % known
    stage = Stage(os.path.abspath(o.program), Faults, measure(ALLOCATION, ROLES, o.paths))

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
        return "allocation %d of %d of the %s fails %s" % (start, stage.measures[number].counts[role], ROLE_NAMES[role],
                                                                  "once" if how_many == 1 else "and all after it")

    run(stage, o, places(stage, lambda role: (1, FOR_EVER)), attempt, describe, "memory may end at any allocation of any process, and the same command goes on")


if __name__ == "__main__":
    main()
