"""The n-th change to the disk fails, for each n of a story: test_full.py TAPED [--all | --tries N] [--seed S].

The disk is full from then on, can only be read from then on, or fails once.  The command, its keeper and its signer say so and end with a
documented code; fsck finds nothing; and once the disk is well again the same command goes on."""
import errno
import os

from faults import FOR_EVER
from stage import STEPS, Stage, judge, options, run
from story import tell
from tape import Tape

FAILURES = (("full", errno.ENOSPC, FOR_EVER), ("only readable", errno.EROFS, FOR_EVER), ("broken once", errno.EIO, 1))


def measure(stage, step):
    before = stage.shared.changes()
    stage.first(step)
    return stage.shared.changes() - before


def main():
    o = options(__doc__, 60)
    stage = Stage(os.path.abspath(o.program), Tape, measure)

    def attempt(place):
        number, failure, start = place
        step = STEPS[number]
        _, number_of, count = FAILURES[failure]
        stage.set(step)
        stage.shared.fail(start, count, number_of)
        answer = tell(stage.house, step.argv)
        stage.shared.fail(0, 0, 0)
        judge(stage, step, answer)
        return answer.code != 0

    def describe(place):
        number, failure, start = place
        return "change %d of %d, the disk %s" % (start, stage.measures[number], FAILURES[failure][0])

    places = [(number, f, start) for number in range(len(STEPS)) for f in range(len(FAILURES)) for start in range(stage.measures[number])]
    run(stage, o, places, attempt, describe, "the disk may fail at any change, and the same command goes on")


if __name__ == "__main__":
    main()
