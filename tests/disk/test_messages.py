"""The n-th message fails, for each n of a story: test_messages.py FAULTY [--all | --paths | --tries N] [--seed S].

A request of the command is lost, cut or not sent at all; an answer of the keeper or the signer, which did what was asked, is lost, cut,
not sent, or another: an error, or bytes without sense.  The command says so and ends with a documented code; nothing is half changed;
and the same command goes on."""
import os

from faults import COMMAND, CUT, ENDED, ERROR, LOST, MESSAGE, ROLE_NAMES, ROLES, SPOILT, Faults, measure, places
from stage import STEPS, Stage, judge, options, run
from story import tell

from tap import expect

WAYS = {LOST: "is lost", CUT: "is cut", ENDED: "finds the connection ended", ERROR: "is an error", SPOILT: "makes no sense"}


def main():
    o = options(__doc__, 40, True)
    stage = Stage(os.path.abspath(o.program), Faults, measure(MESSAGE, ROLES, o.paths))

    def attempt(place):
        number, role, start, way = place
        step = STEPS[number]
        stage.set(step)
        stage.shared.plan(role, MESSAGE, start, 1, way)
        answer = tell(stage.house, step.argv)
        stage.shared.clear()
        crashed = stage.shared.crashed()
        judge(stage, step, answer)
        expect(not crashed, "a process crashed\n%s" % answer.err)
        return answer.code != 0

    def describe(place):
        number, role, start, way = place
        return "message %d of %d of the %s %s" % (start, stage.measures[number].counts[role], ROLE_NAMES[role], WAYS[way])

    run(stage, o, places(stage, lambda role: [way for way in WAYS if role != COMMAND or way <= ENDED]), attempt, describe, "a message may fail at any place, and the same command goes on")


if __name__ == "__main__":
    main()
