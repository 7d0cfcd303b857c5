"""The log: what is printed, what verify finds, and that an outsider needs nothing but the tiles and the key."""
import base64
import hashlib
import os
import shutil
import sqlite3

from tap import NOW, equal, expect, run_all


def house_with_entries(house):
    """Gives the number of entries: those of four fields, and those that every installation has."""
    house.init().exits(0)
    for i in range(4):
        house.run("field", "add", "extra_%d" % i, "--category", "other", now=NOW).exits(0)
    size = house.run("log", "verify", "--json").exits(0).json()["size"]
    expect(size >= 5, "only %d entries" % size)
    return size


def bundle_of(folder, size):
    return os.path.join(folder, "tile", "entries", "000.p", str(size))


def leaf(data):
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves):
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


def the_checkpoint_is_a_signed_note_over_the_entries(house):
    size = house_with_entries(house)
    note = house.run("log", "checkpoint").exits(0).out
    lines = note.split("\n")
    equal(lines[0], "practice.example-members-union.invalid/log", "origin")
    equal(lines[1], str(size), "size")
    equal(lines[3], "", "the empty line")
    expect(lines[4].startswith("\u2014 practice.example-members-union.invalid/log "), lines[4])
    equal(open(os.path.join(house.dir, "log", "checkpoint"), encoding="utf-8").read(), note, "the published checkpoint")
    bundle = open(bundle_of(os.path.join(house.dir, "log"), size), "rb").read()
    entries = []
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        entries.append(bundle[2:2 + length])
        bundle = bundle[2 + length:]
    equal(len(entries), size, "entries")
    equal(base64.b64decode(lines[2]), root([leaf(e) for e in entries]), "root")
    for entry in entries:
        expect(b"Union" not in entry and b"privacy@" not in entry, "a typed text stands in the log: %r" % entry)


def the_key_is_a_verifier_key_line(house):
    house.init().exits(0)
    key = house.run("log", "key").exits(0).out
    name, key_id, data = key.rstrip("\n").split("+", 2)
    raw = base64.b64decode(data)
    equal((len(raw), raw[0]), (33, 1), "an Ed25519 key")
    equal(hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8], key_id, "key id")
    equal(house.run("log", "key", "--json").json()["key"], key.rstrip("\n"), "JSON")


def verify_is_content_with_an_untouched_log(house):
    size = house_with_entries(house)
    verdict = house.run("log", "verify", "--json").exits(0).json()
    equal((verdict["ok"], verdict["size"], verdict["faults"], verdict["unpublished"]), (True, size, 0, 0), "verdict")
    key = house.run("log", "key").out.strip()
    house.raw("log", "verify", "--tiles", os.path.join(house.dir, "log"), "--key", key).exits(0)
    for argv in (("--key", ""), ("--key", "", "--tiles", os.path.join(house.dir, "log"))):
        expect("key is empty" in house.run("log", "verify", *argv).exits(2).err, argv)


def log_files(house):
    for folder, _, names in os.walk(os.path.join(house.dir, "log")):
        for name in names:
            yield os.path.join(folder, name)


def verify_finds_a_flipped_byte_in_any_file_of_the_log(house):
    house_with_entries(house)
    files = sorted(log_files(house))
    expect(len(files) >= 3, files)
    for path in files:
        good = open(path, "rb").read()
        for at in (0, len(good) // 2, len(good) - 1):
            bad = bytearray(good)
            bad[at] ^= 1
            with open(path, "wb") as file:
                file.write(bad)
            verdict = house.run("log", "verify", "--json").exits(1).json()
            expect(verdict["faults"] > 0 and verdict["fault"], "byte %d of %s" % (at, path))
            equal(verdict["ok"], False, "ok")
            expect(verdict["error"]["do"], "no advice")
        with open(path, "wb") as file:
            file.write(good)
    house.run("log", "verify").exits(0)


def an_outsider_finds_a_flipped_byte_in_the_tiles(house):
    size = house_with_entries(house)
    key = house.run("log", "key").out.strip()
    copy = house.path("mirror")
    shutil.copytree(os.path.join(house.dir, "log"), copy)
    bundle = bundle_of(copy, size)
    bad = bytearray(open(bundle, "rb").read())
    bad[10] ^= 1
    with open(bundle, "wb") as file:
        file.write(bad)
    house.raw("log", "verify", "--tiles", copy, "--key", key).exits(1)


def an_outsider_finds_what_else_lies_in_the_copy(house):
    house_with_entries(house)
    key = house.run("log", "key").exits(0).out.strip()
    folder = os.path.join(house.dir, "log")
    files = [path for path in log_files(house) if ".p" in path]
    expect(len(files) > 4, "there are partial tiles of older sizes: %r" % files)
    house.raw("log", "verify", "--tiles", folder, "--key", key).exits(0)
    for path in files:
        good = open(path, "rb").read()
        for bad in (bytes([good[0] ^ 1]) + good[1:], good[:-1], good + b"x", b""):
            open(path, "wb").write(bad)
            answer = house.raw("log", "verify", "--tiles", folder, "--key", key).exits(1)
            expect(os.path.relpath(path, folder) in answer.out, "%s: %s" % (path, answer.out))
        open(path, "wb").write(good)
    for name in ("tile/notes.txt", "tile/0/00", "tile/0/000.p/256"):
        open(os.path.join(folder, name), "wb").write(b"x")
        expect(name + " is no file of this log" in house.raw("log", "verify", "--tiles", folder, "--key", key).exits(1).out, name)
        os.unlink(os.path.join(folder, name))
    shutil.copy(files[0], os.path.join(folder, "tile/0/000.p/200"))
    answer = house.raw("log", "verify", "--tiles", folder, "--key", key).exits(0)
    expect("1 files are of a larger log" in answer.out, answer.out)


def what_a_publisher_left_on_its_way_is_no_fault_and_goes(house):
    """A file stands beside its place until it is whole: whoever was cut off there leaves it, and a mirror may copy it."""
    house_with_entries(house)
    key = house.run("log", "key").exits(0).out.strip()
    folder = os.path.join(house.dir, "log")
    left = [os.path.join(folder, name) for name in ("checkpoint.part", "tile/0/000.p/77.part", "tile/entries/000.p/77.part")]
    for argv in (("fsck",), ("log", "verify"), ("log", "verify", "--tiles", folder, "--key", key)):
        for path in left:
            open(path, "wb").write(b"x")
        house.run(*argv).exits(0)
    expect("2 files" in house.raw("log", "verify", "--tiles", folder, "--key", key).exits(0).out, "it is not said")
    house.run("field", "add", "another", "--category", "other").exits(0)
    for path in left:
        expect(not os.path.exists(path), path)
    open(os.path.join(folder, "tile/notes.part"), "wb").write(b"x")
    house.raw("log", "verify", "--tiles", folder, "--key", key).exits(1)


def given(house):
    """A register of which a hand-over was recorded and a breach opened."""
    house.init().exits(0)
    house.raw("bench", "make-register", "--people", "300", "--seed", "3", "--out", house.path("p.csv")).exits(0)
    house.run("import", house.path("p.csv"), "--source", "crm", "--full").exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor").exits(0)
    house.run("handover", "record", "--to", "pellwick", "--purpose", "membership", "--date", "2018-05-01", "--rule", 'last_name != "nobody"',
              "--fields", "first_name,email", "--approved-by", "Returning officer").exits(0)
    house.run("incident", "open", "--recipient", "pellwick", "--happened", "2018-05-20", "--aware", "2018-06-01T14:05:00Z").exits(0)
    house.run("incident", "scope", "I1").exits(0)


def public_entries(house):
    return [e["entry"] for e in house.run("log", "show", "--json").exits(0).json()["entries"]]


def the_log_tells_neither_the_file_nor_the_sealed_works_nor_how_many(house):
    given(house)
    entries = public_entries(house)
    file = hashlib.sha256(open(house.path("p.csv"), "rb").read()).hexdigest()
    index, = [i for i, e in enumerate(entries) if e["kind"] == "import"]
    expect(entries[index]["file"] != file, "the bare hash of the file")
    kept = house.run("log", "show", str(index), "--private", "--json").exits(0).json()["sealed"]
    equal(kept, {"file": file}, "what is sealed beside it")
    warrants = [e for e in entries if e["kind"] == "warrant"]
    expect(len(warrants) >= 4 and len({e["set"] for e in warrants}) == len(warrants), "sets: %r" % warrants)
    for e in warrants:
        digits = str(e["number"])
        expect(e["number"] >= 100 and digits[0] in "125" and not digits[1:].strip("0"), "a number: %r" % e)
    works = [e for e in warrants if e["job"] != "import"]
    equal({(e["job"], e["purpose"], tuple(e["categories"])) for e in works}, {("reading", "internal", tuple(works[0]["categories"]))}, "words")
    equal(len(works[0]["categories"]), 32, "all categories")


def verify_finds_what_is_gone_beside_the_log(house):
    given(house)
    with open(os.path.join(house.dir, "register.db"), "rb") as file:
        good = file.read()
    answer = house.run("log", "verify").exits(0)
    expect("documents, 1 hand-overs" in answer.out, answer.out)
    for sql, words in (("DELETE FROM leaves", "The leaves of"),
                       ("UPDATE leaves SET blob = substr(blob, 33)", "leaves of the commitment of the scope I1/1"),
                       ("UPDATE people_set SET sha256 = randomblob(32) WHERE owner = 'H1'", "of H1"),
                       ("DELETE FROM people_set WHERE owner = 'I1/1' AND name = 'email'", "The set email of the scope I1/1"),
                       ("UPDATE entry SET private = NULL WHERE private IS NOT NULL", "private side"),
                       ("UPDATE entry SET private = NULL WHERE CAST(bytes AS TEXT) LIKE '%\"kind\":\"import\"%'", "private side"),
                       ("UPDATE entry SET private = (SELECT private FROM entry WHERE CAST(bytes AS TEXT) LIKE '%\"sealed\"%')"
                        " WHERE CAST(bytes AS TEXT) LIKE '%\"warrant\"%'", "private side"),
                       ("DELETE FROM doc WHERE kind = 'handover'", "handover H1"),
                       ("DELETE FROM checkpoint WHERE size = (SELECT size FROM checkpoint ORDER BY size LIMIT 1 OFFSET 1)", "stored checkpoints")):
        db = sqlite3.connect(os.path.join(house.dir, "register.db"))
        expect(db.execute(sql).rowcount > 0, sql)
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        answer = house.run("log", "verify", "--json").exits(1)
        expect(words in " ".join(answer.json()["fault"]), "%s: %r" % (sql, answer.json()["fault"]))
        with open(os.path.join(house.dir, "register.db"), "wb") as file:
            file.write(good)
        for rest in ("-wal", "-shm"):
            if os.path.exists(os.path.join(house.dir, "register.db" + rest)):
                os.unlink(os.path.join(house.dir, "register.db" + rest))
    house.run("log", "verify").exits(0)


def verify_finds_an_entry_changed_in_the_database(house):
    house_with_entries(house)
    db = sqlite3.connect(os.path.join(house.dir, "register.db"))
    table = [n for (n,) in db.execute("select name from sqlite_master where type = 'table' and name like 'entr%'")][0]
    columns = [row[1] for row in db.execute("pragma table_info(%s)" % table)]
    column = "bytes" if "bytes" in columns else columns[1]
    rows = db.execute("select rowid, %s from %s order by rowid" % (column, table)).fetchall()
    number, old = next((number, bytes(old)) for number, old in rows if b"extra_1" in bytes(old))
    db.execute("update %s set %s = ? where rowid = ?" % (table, column), (old.replace(b"extra_1", b"extra_9"), number))
    db.commit()
    db.close()
    house.run("log", "verify").exits(1)
    answer = house.run("field", "add", "later", "--category", "other", now=NOW)
    expect(answer.code != 0, "something was published on top of a changed log")


def a_file_for_somebody_takes_nobodys_place(house):
    given(house)
    house.write("there.txt", "mine\n")
    for argv in (("log", "prove", "3"), ("evidence", "#0")):
        for path, words in (("there.txt", "is there already"), ("no/such/file", "no such folder")):
            answer = house.run(*argv, "--out", path).exits(1)
            expect(words in answer.err and not answer.out and "restore" not in answer.err, (argv, answer.out, answer.err))
    equal(open(house.path("there.txt")).read(), "mine\n", "a file of ours")


def a_proof_leads_from_the_entry_to_the_root(house):
    size = house_with_entries(house)
    text = house.run("log", "prove", "3").exits(0).out
    lines = text.split("\n")
    equal(lines[:2], ["c2sp.org/tlog-proof@v1", "index 3"], "head of the proof")
    path = [base64.b64decode(line) for line in lines[2:lines.index("")]]
    entry = house.run("log", "show", "3").exits(0).out.split(" ", 1)[1].rstrip("\n").encode()
    now = leaf(entry)
    index, last = 3, size - 1
    for node in path:
        if index & 1 or index == last:
            now = hashlib.sha256(b"\x01" + node + now).digest()
            while index and not index & 1:
                index >>= 1
                last >>= 1
        else:
            now = hashlib.sha256(b"\x01" + now + node).digest()
        index >>= 1
        last >>= 1
    equal(base64.b64encode(now).decode(), house.run("log", "checkpoint").out.split("\n")[2], "root")
    out = house.path("e.tlog-proof")
    house.run("log", "prove", "3", "--out", out).exits(0)
    equal(open(out, encoding="utf-8").read(), text, "the file")
    house.run("log", "prove", str(size)).exits(1)


def tiles_that_are_lost_are_made_again(house):
    house_with_entries(house)
    before = {path: open(path, "rb").read() for path in log_files(house)}
    shutil.rmtree(os.path.join(house.dir, "log", "tile"))
    house.run("log", "verify").exits(1)
    house.run("field", "add", "extra_0", "--category", "other", now=NOW).exits(0)
    house.run("log", "verify").exits(0)
    equal({path: open(path, "rb").read() for path in log_files(house)}, before, "the files")


def only_a_sealed_entry_can_be_released(house):
    size = house_with_entries(house)
    house.run("log", "release", "0", now=NOW).exits(1)
    equal(house.run("log", "verify", "--json").json()["size"], size, "size")


run_all([
    the_checkpoint_is_a_signed_note_over_the_entries,
    the_key_is_a_verifier_key_line,
    verify_is_content_with_an_untouched_log,
    verify_finds_a_flipped_byte_in_any_file_of_the_log,
    an_outsider_finds_a_flipped_byte_in_the_tiles,
    an_outsider_finds_what_else_lies_in_the_copy,
    what_a_publisher_left_on_its_way_is_no_fault_and_goes,
    verify_finds_an_entry_changed_in_the_database,
    verify_finds_what_is_gone_beside_the_log,
    the_log_tells_neither_the_file_nor_the_sealed_works_nor_how_many,
    a_file_for_somebody_takes_nobodys_place,
    a_proof_leads_from_the_entry_to_the_root,
    tiles_that_are_lost_are_made_again,
    only_a_sealed_entry_can_be_released,
])
