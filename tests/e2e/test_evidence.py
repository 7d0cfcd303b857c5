"""What one person can show: it holds, nothing of it can be changed, and nobody learns of another from it.

    test_evidence.py CANDOUR [SEED]      a random register, hand-overs and a breach; runs with Debian's own Python, which has python3-nacl"""
import csv
import hashlib
import importlib.machinery
import importlib.util
import itertools
import json
import os
import random
import sqlite3
import sys

from tap import equal, expect, run_all

CHECK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "check-evidence")
HEADER = ["Contact ID", "First Name", "Last Name", "Email", "Postal Code", "Membership Start Date", "Membership Status"]
PEOPLE = 45
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 20180615
AT = "2018-06-%02dT09:00:00Z"


def checker():
    loader = importlib.machinery.SourceFileLoader("check_evidence", CHECK)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_evidence", loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


CHECKER = checker()


class World:
    """Some people, some of them in hand-overs of random kinds and sizes, and a breach at the company that got them."""

    def __init__(self, house):
        self.house, self.rng = house, random.Random(SEED)
        print("# seed %d" % SEED)
        rng = self.rng
        self.rows = [[str(1000 + i), rng.choice(("Mavo", "Kolun", "Tobri")), "Fam%s%s" % (chr(97 + i % 26), chr(97 + i // 26)), "p%d@people.example" % i,
                      "ZZ%d 1ZZ" % (i % 9), "2015-01-01", rng.choice(("Current", "Expired"))] for i in range(PEOPLE)]
        house.init(now=AT % 1).exits(0)
        self.write("all.csv", HEADER, self.rows)
        house.run("import", "all.csv", "--source", "crm", "--full", now=AT % 2).exits(0)
        house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "ballot", now=AT % 2).exits(0)
        for no, size in enumerate([2] + [rng.randrange(1, PEOPLE) for _ in range(3)]):
            self.given(no, sorted({0, 1} | set(rng.sample(range(PEOPLE), size))) if no else [0, 1])
        self.record("--rule", 'status in ("member","former")', "--fields", "first_name,email", "--date", "2017")
        house.run("incident", "open", "--recipient", "pellwick", "--happened", "2018-06-01..ongoing", "--aware", AT % 5, now=AT % 5).exits(0)
        house.run("incident", "scope", "I1", now=AT % 6).exits(0)
        self.key = house.run("log", "key").exits(0).out.strip()

    def write(self, name, header, rows):
        with open(self.house.path(name), "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header] + rows)

    def given(self, no, who):
        header = HEADER[:1] + self.rng.sample(HEADER[1:5], 1 + no % 4)
        at = [HEADER.index(n) for n in header]
        self.write("sent%d.csv" % no, header, [["" if n > 1 and self.rng.random() < 0.3 else self.rows[i][n] for n in at] for i in who])
        self.record("--file", "sent%d.csv" % no, "--source", "crm", "--date", "2018-0%d-01" % (no + 1))

    def record(self, *what):
        self.house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--approved-by", "the board", *what, now=AT % 4).exits(0)

    def pack(self, who):
        name = self.house.path("pack%d.json" % who)
        if not os.path.exists(name):
            self.house.run("evidence", "#%d" % who, "--out", name, now=AT % 7).exits(0)
        with open(name, "rb") as file:
            return file.read()

    def sets(self, who):
        return json.loads(self.pack(who))["sets"]

    def leaves(self, commitment):
        """All leaf hashes of a set, as they are kept."""
        db = sqlite3.connect("file:%s?mode=ro" % os.path.join(self.house.dir, "register.db"), uri=True)
        blob = db.execute("SELECT blob FROM leaves WHERE commitment = ?", (bytes.fromhex(commitment),)).fetchone()[0]
        db.close()
        return [blob[i:i + 32].hex() for i in range(0, len(blob), 32)]


def says(data, key):
    """What a pack says to whoever checks it, or None where it does not hold."""
    try:
        found = json.loads(data)["sets"]
        return [(s["kind"], s["id"], CHECKER.check(s, key), s["fields"]) for s in found]
    except CHECKER.WRONG:
        return None


def every_pack_of_a_random_world_holds(house):
    w = World(house)
    for who in range(PEOPLE):
        said = says(w.pack(who), w.key)
        expect(said, "the pack of #%d does not hold" % who)
        for kind, name, _, fields in said:
            if kind == "handover":
                numbers = {f["field"]: f["people"] for f in w.house.run("handover", "show", name, "--json").exits(0).json()["document"]["fields"]} \
                    if who < 2 else dict.fromkeys(fields, 1)
                expect(all(numbers.get(f) for f in fields), "%s of #%d" % (name, who))
    equal([s["id"] for s in w.sets(0)], ["H1", "H2", "H3", "H4", "H5", "I1"], "sets of the first")
    for at in range(len(w.key) - 44, len(w.key)):
        other = w.key[:at] + ("A" if w.key[at] != "A" else "B") + w.key[at + 1:]
        equal(says(w.pack(0), other), None, "by another key")


def same_but_the_size(a, b):
    a, b = json.loads(a), json.loads(b)
    for sets in (a["sets"], b["sets"]):
        for s in sets:
            del s["leaf"]["size"]
    return a["sets"] == b["sets"]


def no_bit_of_a_pack_can_be_changed(house):
    """A change is noticed, or it is none: blanks between the parts, the key in the file (whoever checks has it from elsewhere), and the size
    of the set where the way from the leaf to the root is the same in the other size."""
    w = World(house)
    whole = json.loads(w.pack(0))
    one = w.rng.choice(whole["sets"])
    data = json.dumps({"key": whole["key"], "sets": [one]}, indent=1).encode()
    wanted, refused, alike = says(data, w.key), 0, 0
    expect(wanted, "it does not hold")
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        said = says(bytes(changed), w.key)
        if said is None:
            refused += 1
            continue
        alike += 1
        expect(said == wanted and same_but_the_size(bytes(changed), data), "bit %d of %s: %r" % (bit, one["id"], bytes(changed[bit // 8 - 30:bit // 8 + 30])))
    expect(refused > 20 * alike, "%d changed packs are refused, %d taken as the same" % (refused, alike))
    for cut in range(0, len(data) - 1, 7):
        equal(says(data[:cut], w.key), None, "cut off at %d" % cut)


def parts_of_two_packs_make_none(house):
    w = World(house)
    a, b = w.sets(0), w.sets(1)
    for mine, hers in zip(a, b):
        for part in ("salt", "path", "index"):
            if mine["leaf"][part] != hers["leaf"][part]:
                mixed = dict(mine, leaf=dict(mine["leaf"], **{part: hers["leaf"][part]}))
                equal(says(json.dumps({"sets": [mixed]}), w.key), None, "%s of another in %s" % (part, mine["id"]))
    for one, other in itertools.permutations(a, 2):
        for part in ("leaf", "entry", "proof", "set", "id"):
            if one[part] != other[part]:
                equal(says(json.dumps({"sets": [dict(one, **{part: other[part]})]}), w.key), None, "%s of %s in %s" % (part, other["id"], one["id"]))


# --- who has one pack, and guesses all that can be guessed ---

def leaf_hash(salt, commitment, fields):
    body = b"".join(bytes([len(f)]) + f.encode() for f in fields)
    return hashlib.sha256(b"\0candour set v1" + salt + bytes([len(commitment)]) + commitment + len(fields).to_bytes(2, "big") + body).hexdigest()


def guessed_salts(w, sets, commitment):
    """From her own salts and everybody's names, ids, addresses and numbers, in each of the ways in which a salt might be made."""
    own = [bytes.fromhex(s["leaf"]["salt"]) for s in sets]
    bases = own + [bytes(32), commitment * 2] + [bytes(x ^ y for x, y in zip(a, b)) for a, b in itertools.combinations(own, 2)]
    bases += [((int.from_bytes(s, "big") + d) % (1 << 256)).to_bytes(32, "big") for s in own for d in range(-PEOPLE, PEOPLE + 1)]
    for i, row in enumerate(w.rows):
        bases += [text.encode() for text in row[:5] + [str(i), "#%d" % i, "crm:" + row[0], "".join(row)]] + [i.to_bytes(n, e) for n in (4, 8) for e in ("big", "little")]
    for base in bases:
        key = base if 16 <= len(base) <= 32 else hashlib.sha256(base).digest()
        yield (base + bytes(32))[:32]
        yield hashlib.sha256(base).digest()
        yield hashlib.sha256(base + commitment).digest()
        for message in (b"candour proof v1\0" + commitment, commitment):
            yield hashlib.blake2b(message, key=key, digest_size=32).digest()


def guesses(w, sets, s, salts):
    commitment = bytes.fromhex(s["leaf"]["commitment"])
    told = json.loads(s["entry"]["body"]).get("fields") or s["fields"]
    subsets = [list(c) for n in range(len(told) + 1) for c in itertools.combinations(sorted(told), n)]
    return {leaf_hash(salt, commitment, fields) for salt in salts(w, sets, commitment) for fields in subsets[-32:]}


def nobody_is_found_with_the_pack_of_another(house):
    w = World(house)
    sets = w.sets(0)
    salts = {s["id"]: bytes.fromhex(s["leaf"]["salt"]) for s in w.sets(1)}
    for s in sets:
        leaves = w.leaves(s["leaf"]["commitment"])
        equal(len(leaves), s["leaf"]["size"], "leaves of " + s["id"])
        own = leaf_hash(bytes.fromhex(s["leaf"]["salt"]), bytes.fromhex(s["leaf"]["commitment"]), s["fields"])
        equal(leaves[s["leaf"]["index"]], own, "her own leaf")
        found = guesses(w, sets, s, guessed_salts) & (set(leaves) | set(s["leaf"]["path"]))
        equal(found - {own}, set(), "of others, in " + s["id"])
        # The search would find who is there if the salt were known: it is all that hides her.
        found = guesses(w, sets, s, lambda *_, s=s: [salts[s["id"]]]) & set(leaves)
        equal(len(found - {own}), 1, "with her salt, in " + s["id"])
    equal(sets[0]["leaf"]["path"], [h for h in w.leaves(sets[0]["leaf"]["commitment"]) if h in sets[0]["leaf"]["path"]], "of two the path is the other's leaf")


def two_packs_share_what_is_public_and_nothing_else(house):
    w = World(house)
    a, b = w.sets(0), w.sets(1)
    for mine, hers in zip(a, b):
        for part in ("entry", "proof", "set", "id", "kind"):
            equal(mine[part], hers[part], "%s of %s" % (part, mine["id"]))
        equal([mine["leaf"][k] for k in ("commitment", "size")], [hers["leaf"][k] for k in ("commitment", "size")], "the set")
        expect(mine["leaf"]["index"] != hers["leaf"]["index"], "two people at one place")
        leaves = w.leaves(mine["leaf"]["commitment"])
        equal(leaves, sorted(leaves), "the order of leaves tells nothing of the people")
    salts = [s["leaf"]["salt"] for s in a + b]
    equal(len(set(salts)), len(salts), "salts")
    text = w.pack(0).decode()
    for salt in salts[len(a):]:
        expect(salt not in text, "her salt is in another's pack")
    for row in w.rows:
        for value in (row[2], row[3], '"%s"' % row[0], row[4]):
            expect(value not in text, "%r of somebody is in the pack" % value)
    equal(set(json.loads(text)), {"key", "sets"}, "parts of the pack")


run_all([
    every_pack_of_a_random_world_holds,
    no_bit_of_a_pack_can_be_changed,
    parts_of_two_packs_make_none,
    nobody_is_found_with_the_pack_of_another,
    two_packs_share_what_is_public_and_nothing_else,
])
