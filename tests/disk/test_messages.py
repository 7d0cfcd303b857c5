"""The n-th message fails, for each n of a story: test_messages.py FAULTY [--all | --tries N] [--seed S].

A request of the command is lost, cut or not sent at all; an answer of the keeper or the signer, which did what was asked, is lost, cut,
not sent, or another: an error, or bytes without sense.  The command says so and ends with a documented code; nothing is half changed;
and the same command goes on."""
import os

from faults import COMMAND, CUT, ENDED, ERROR, LOST, MESSAGE, ROLE_NAMES, ROLES, SPOILT, Faults
from stage import STEPS, Stage, judge, options, run
from story import tell

from tap import expect

WAYS = {LOST: "is lost", CUT: "is cut", ENDED: "finds the connection ended", ERROR: "is an error", SPOILT: "makes no sense"}


def measure(stage, step):
    before = [stage.shared.count(role, MESSAGE) for role in ROLES]
    stage.first(step)
    return [stage.shared.count(role, MESSAGE) - n for role, n in zip(ROLES, before)]


def main():
    o = options(__doc__, 40)
    stage = Stage(os.path.abspath(o.program), Faults, measure)

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
        return "message %d of %d of the %s %s" % (start, stage.measures[number][role], ROLE_NAMES[role], WAYS[way])

    places = [(number, role, start, way) for number in range(len(STEPS)) for role in ROLES
              for start in range(stage.measures[number][role]) for way in WAYS if role != COMMAND or way <= ENDED]
    run(stage, o, places, attempt, describe, "a message may fail at any place, and the same command goes on")


if __name__ == "__main__":
    main()
