"""Random acts in random order beside a model of what they mean (model.py): after each one everything shown is compared.

    test_model.py CANDOUR [--seconds S] [--seed N] [--worlds N] [--steps N] [--shorten S] [--replay FILE]

Worlds of --steps acts each (40), one after the other, from seed N on, for S seconds (as one world at least) or --worlds of them.  A night's
run: --seconds 600 --steps 60, from another seed each time.  The seeds are printed.  Of a world that fails the acts are shortened (for 300 seconds) to
the fewest that still fail, printed as commands, and written to model-SEED.json, which --replay plays again."""
import argparse
import csv
import io
import json
import os
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
import zipfile
from email.message import EmailMessage

from model import Refused
from model_check import Checks
from model_given import Model
from model_ops import SELECTS, Maker, at_text, tell, words
from model_people import instant
from tap import Failed, House, equal, expect

START = "2018-01-05T08:00:00Z"


class Files:
    """The files that acts speak of, each in one of the forms in which they come."""

    def __init__(self, house):
        self.house, self.names = house, []

    def map(self, text):
        return self.keep("desk.map", text)

    def table(self, act):
        rng = random.Random(act["no"])
        text = io.StringIO()
        csv.writer(text, delimiter=rng.choice(",;\t"), lineterminator=rng.choice(("\n", "\r\n"))).writerows([act["header"]] + act["rows"])
        data = rng.choice((b"", b"\xef\xbb\xbf")) + text.getvalue().encode("utf-8")
        name = "t%d" % act["no"]
        if act.get("pack") == "zip":
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
                z.writestr("list.csv", data)
            return self.keep(name + ".zip", packed.getvalue())
        if act.get("pack") == "mail":
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = "office@union.example", "files@pellwick.example", "The list"
            mail.set_content("As agreed.")
            mail.add_attachment(data, maintype="text", subtype="csv", filename="list.csv")
            return self.keep(name + ".eml", mail.as_bytes())
        return self.keep(name + ".csv", data)

    def keep(self, name, data):
        self.house.write(name, data)
        self.names.append(name)
        return name


class Play:
    """One world: the program in a folder of its own, and the model."""

    def __init__(self, program, seed):
        self.folder = tempfile.mkdtemp(prefix="candour-model-")
        self.house, self.model, self.seed = House(program, self.folder), Model(), seed
        self.acts, self.said = [], []
        self.house.init(now=START).exits(0)
        self.categories = {f["key"]: f["category"] for f in self.house.run("field", "list", "--json", now=START).exits(0).json()["fields"]}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def act(self, act):
        """Tells both; what the program says must be what the model says."""
        self.acts.append(act)
        files = Files(self.house)
        argv = words(act, files)
        try:
            wanted = tell(self.model, act)
        except Refused as why:
            wanted = None
            refused = why
        if argv is None:
            return
        answer = self.house.run(*argv, "--json", now=act["at"])
        if wanted is None:
            expect(answer.code == 1, "%s: refused it should be (%s), but it exits %d\n%s" % (act["do"], refused, answer.code, answer.err[-400:]))
            return
        got = answer.exits(0).json()
        for key, value in wanted.items():
            equal(got.get(key), value, "%s: %s" % (act["do"], key))

    def check(self, thorough=False):
        act = self.acts[-1]
        at = at_text(instant(act["at"]) + 30)
        Checks(self.house, self.model, random.Random("%s %s" % (self.seed, act["no"])), at, self.categories).all(thorough, SELECTS)
        return at

    def sound(self):
        at = at_text(instant(self.acts[-1]["at"]) + 40)
        self.house.run("fsck", now=at).exits(0)
        self.house.run("log", "verify", now=at).exits(0)


def kind_of(why):
    """So that a shortened list still fails for the same reason, as far as words tell."""
    return re.sub("[0-9]+", "", why.split(":")[0])[:60]


def fails(program, seed, acts, kind=None):
    """Plays some acts; what is wrong after one of them or at the end (of that kind), or None."""
    with Play(program, seed) as p:
        try:
            for act in acts:
                p.act(act)
            p.check(thorough=True)
            p.sound()
        except Failed as e:
            return str(e) if kind in (None, kind_of(str(e))) else None
    return None


def shorten(program, seed, acts, why, until):
    """The fewest acts found that still fail, by leaving out ever smaller parts; and what is wrong then."""
    size = len(acts) // 2
    while size and time.monotonic() < until:
        at, fewer = 0, False
        while at < len(acts) and time.monotonic() < until:
            rest = acts[:at] + acts[at + size:]
            said = fails(program, seed, rest, kind_of(why)) if rest else None
            if said:
                acts, why, fewer = rest, said, True
            else:
                at += size
        size = size if fewer and size == 1 else size // 2
    return acts, why


def shorten_rows(program, seed, acts, why, until):
    """The same within the tables of the acts that are left."""
    for no, act in enumerate(acts):
        size = len(act.get("rows", ())) // 2
        while size and time.monotonic() < until:
            at = 0
            while at < len(acts[no]["rows"]) and time.monotonic() < until:
                rows = acts[no]["rows"]
                rest = acts[:no] + [dict(act, rows=rows[:at] + rows[at + size:])] + acts[no + 1:]
                said = fails(program, seed, rest, kind_of(why)) if rest[no]["rows"] else None
                if said:
                    acts, why = rest, said
                else:
                    at += size
            size //= 2
    return acts, why


def as_commands(acts):
    class Names:
        map = staticmethod(lambda text: "desk.map")
        table = staticmethod(lambda act: "t%d.%s" % (act["no"], act.get("pack", "csv")))
    lines = []
    for act in acts:
        argv = words(act, Names)
        shown = " ".join(a if a and not set(a) & set(' "#') else "'%s'" % a for a in argv) if argv else "(time passes)"
        lines.append("  candour -C d %s --now %s" % (shown, act["at"]))
        lines += ["      " + ",".join(row) for row in [act["header"]] + act["rows"]] if "rows" in act else []
    return "\n".join(lines)


def a_world_of_random_acts(program, seed, steps, until, shortening):
    """How many acts were played."""
    with Play(program, seed) as p:
        maker = Maker(random.Random(seed), p.model)
        try:
            while len(p.acts) < steps and time.monotonic() < until:
                act = maker.next()
                if act:
                    p.act(act)
                    p.check()
                    if len(p.acts) % 12 == 0:
                        p.sound()
            p.sound()
        except Failed as e:
            raise Failed(told(program, seed, p.acts, str(e), shortening)) from None
        except Exception:
            raise Failed(told(program, seed, p.acts, traceback.format_exc(limit=-4), 0)) from None
        return len(p.acts)


def told(program, seed, acts, why, seconds):
    until = time.monotonic() + seconds
    acts, why = shorten_rows(program, seed, *shorten(program, seed, acts, why, until), until)
    name = "model-%d.json" % seed
    with open(name, "w", encoding="utf-8") as file:
        json.dump(acts, file, ensure_ascii=False)
    return "seed %d: %s\nafter these %d acts (again with --seed %d --replay %s):\n%s" % (seed, why, len(acts), seed, os.path.abspath(name), as_commands(acts))


def replay(program, seed, name):
    with open(name, encoding="utf-8") as file:
        said = fails(program, seed, json.load(file))
    expect(not said, said)


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("candour")
    p.add_argument("--seconds", type=float, default=0)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--worlds", type=int, default=1)
    p.add_argument("--steps", type=int, default=40)
    p.add_argument("--replay")
    p.add_argument("--shorten", type=float, default=300)
    return p.parse_args()


def attempt(number, name, test):
    """One line of TAP.  Whether it went well."""
    try:
        print("ok %d - %s%s" % (number, name, test() or ""), flush=True)
        return True
    except Failed as error:
        print("not ok %d - %s" % (number, name))
        print("\n".join("# " + line for line in str(error).splitlines()), flush=True)
        print("%s: %s" % (name, error), file=sys.stderr)
        return False


def main():
    a = arguments()
    program, begun, number, good = os.path.abspath(a.candour), time.monotonic(), 0, True
    if a.replay:
        number, good = 1, attempt(1, "acts played again", lambda: replay(program, a.seed, a.replay))
    while not a.replay and (number == 0 or (time.monotonic() < begun + a.seconds if a.seconds else number < a.worlds)):
        seed, until = a.seed + number, begun + a.seconds if a.seconds and number else float("inf")
        number += 1
        good &= attempt(number, "a world of random acts from seed %d" % seed, lambda: ", %d acts" % a_world_of_random_acts(program, seed, a.steps, until, a.shorten))
    print("1..%d" % number)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
