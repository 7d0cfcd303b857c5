"""Kill -9 at any moment: test_kills.py CANDOUR [--kills N] [--seed S].

Each command of the story is killed at a random moment of its life, sometimes the keeper and the signer with it, and run again until it
comes to its end.  The story ends as if nothing had happened."""
import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from story import NOW, STORY, done_already, end_servers, handovers, heir_of, incidents, inputs, tell

from outside import Outsider
from tap import Failed, House, equal


class Hasty(House):
    """Its next command is killed after so many seconds, unless it ends before."""

    patience = None

    def raw(self, *argv, crash=None, env=None):
        if self.patience is None:
            return super().raw(*argv, crash=crash, env=env)
        patience, self.patience = self.patience, None
        with subprocess.Popen([self.program, *argv], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
            return process.wait() == -signal.SIGKILL


def one_story(program, chance, lengths):
    """Gives the number of commands killed."""
    killed = 0
    folder = os.path.realpath(tempfile.mkdtemp(prefix="candour-kills-"))
    house = Hasty(program, folder)
    checkpoints = []
    inputs(house)
    try:
        for number, (argv, holds) in enumerate(STORY):
            for _ in range(chance.randrange(3)):
                house.patience = chance.random() * lengths[number]
                killed += tell(house, argv)
                if chance.random() < 0.3:
                    end_servers(folder)
            start = time.monotonic()
            answer = tell(house, argv)
            lengths[number] = min(lengths[number], 1.2 * (time.monotonic() - start)) if answer.code == 0 else lengths[number]
            if not done_already(house, argv, answer):
                answer.exits(0)
            holds(house)
            checkpoints.append((heir_of(house) if argv[0] == "restore" else house).run("log", "checkpoint").exits(0).out)
        heir = heir_of(house)
        heir.run("fsck", now=NOW).exits(0)
        heir.run("log", "verify").exits(0)
        equal((handovers(heir), incidents(heir)), (2, 1), "hand-overs and breaches at the end of the story")
        Outsider(heir).extends(checkpoints)
    finally:
        end_servers(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return killed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", default="%d" % random.SystemRandom().randrange(1 << 32))
    o = parser.parse_args()
    lengths, killed, failures, number = [1.0] * len(STORY), 0, 0, 0
    while killed < o.kills and failures < 5 and number < 10 * o.kills:
        number += 1
        try:
            killed += one_story(os.path.abspath(o.program), random.Random("%s %d" % (o.seed, number)), lengths)
        except Failed as why:
            failures += 1
            print("# story %d, seed %s:" % (number, o.seed))
            print("\n".join("# " + line for line in str(why).splitlines()))
            sys.stdout.flush()
    print("# %d commands killed in %d stories, seed %s" % (killed, number, o.seed))
    print("%s 1 - killed at any moment, the same command goes on" % ("not ok" if failures or killed < o.kills else "ok"))
    print("1..1")
    return 1 if failures or killed < o.kills else 0


if __name__ == "__main__":
    sys.exit(main())
