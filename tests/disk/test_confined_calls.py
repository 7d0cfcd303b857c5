"""The n-th call of the system that a keeper or a signer lives by fails, for each n of a story: test_confined_calls.py FAULTY [--all |
--paths | --tries N] [--seed S].

Waiting, taking somebody in, receiving, sending, opening, reading; what they write is failed by test_full.py.  A call that was only
interrupted is made again, and nobody notices; after any other neither dies, the command ends with a documented code, and goes on."""
import errno
import os

from faults import CALL, KEEPER, ROLE_NAMES, SIGNER, Faults, measure, places
from stage import STEPS, Stage, judge, options, run
from story import tell

from tap import expect

ERRORS = (errno.EINTR, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ECONNRESET)


def main():
    o = options(__doc__, 30, True)
    stage = Stage(os.path.abspath(o.program), Faults, measure(CALL, (KEEPER, SIGNER), o.paths))

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
        return "call %d of %d of the %s fails with %s" % (start, stage.measures[number].counts[role], ROLE_NAMES[role], errno.errorcode[number_of])

    run(stage, o, places(stage, lambda role: ERRORS), attempt, describe, "any call of a keeper or signer may fail, and the same command goes on")


if __name__ == "__main__":
    main()
