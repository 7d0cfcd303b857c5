"""The n-th call of the system that a keeper or a signer lives by fails, for each n of a story: test_confined_calls.py FAULTY [--all |
--tries N] [--seed S].

Waiting, taking somebody in, receiving, sending, opening, reading; what they write is failed by test_full.py.  A call that was only
interrupted is made again, and nobody notices; after any other neither dies, the command ends with a documented code, and goes on."""
import errno
import os

from faults import CALL, KEEPER, ROLE_NAMES, SIGNER, Faults
from stage import STEPS, Stage, judge, options, run
from story import tell

from tap import expect

ERRORS = (errno.EINTR, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ECONNRESET)


def measure(stage, step):
    before = [stage.shared.count(role, CALL) for role in (KEEPER, SIGNER)]
    stage.first(step)
    return {role: stage.shared.count(role, CALL) - n for role, n in zip((KEEPER, SIGNER), before)}


def main():
    o = options(__doc__, 30)
    stage = Stage(os.path.abspath(o.program), Faults, measure)

    def attempt(place):
        number, role, start, number_of = place
        step = STEPS[number]
        stage.set(step)
        stage.shared.plan(role, CALL, start, 1, number_of)
        answer = tell(stage.house, step.argv)
        stage.shared.clear()
        crashed = stage.shared.crashed()
        judge(stage, step, answer)
        expect(not crashed, "the %s died\n%s" % (ROLE_NAMES[role], answer.err))
        expect(number_of != errno.EINTR or answer.code == 0, "an interruption was noticed: %s" % answer.err)
        return answer.code != 0

    def describe(place):
        number, role, start, number_of = place
        return "call %d of %d of the %s fails with %s" % (start, stage.measures[number][role], ROLE_NAMES[role], errno.errorcode[number_of])

    places = [(number, role, start, number_of) for number in range(len(STEPS)) for role, n in stage.measures[number].items()
              for start in range(n) for number_of in ERRORS]
    run(stage, o, places, attempt, describe, "any call of a keeper or signer may fail, and the same command goes on")


if __name__ == "__main__":
    main()
