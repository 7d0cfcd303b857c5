"""init: the recovery sheet, what is refused, and being killed between any two of its steps."""
import os
import shutil
import stat

from tap import KILLED, NOW, equal, expect, run_all


def prints_a_recovery_sheet_that_says_where_everything_is(house):
    sheet = house.init().exits(0).out
    for words in ("RECOVERY SHEET", house.slot, house.dir, "candour.conf", "register.db", "TO UNLOCK", "WHAT IS LOST WITHOUT",
                  "PRACTICE", "practice.example-members-union.invalid/log+", "checkpoint  size "):
        expect(words in sheet, "the sheet does not hold %r:\n%s" % (words, sheet))


def gives_one_json_document(house):
    answer = house.init("--json").exits(0).json()
    equal(answer["slots"], [house.slot], "slots")
    equal(answer["practice"], True, "practice")
    equal(answer["origin"], "practice.example-members-union.invalid/log", "origin")


def makes_files_for_the_owner_only(house):
    house.init().exits(0)
    for path in (house.slot, house.slot + ".signer", os.path.join(house.dir, "register.db"), os.path.join(house.dir, "candour.conf")):
        equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, path)
    equal(stat.S_IMODE(os.stat(house.dir).st_mode), 0o700, house.dir)
    equal(os.path.getsize(house.slot), 8192, "the slot's size")


def needs_all_slots_when_there_are_several(house):
    second = house.path("second.slot")
    house.init("--slot", second).exits(0)
    house.run("log", "verify").exits(0)
    expect(open(house.slot, "rb").read() != open(second, "rb").read(), "both slots are the same")
    shutil.copytree(house.dir, house.path("copy"))
    os.rename(second, second + ".away")
    # The keeper that runs may go on for a moment; a fresh place has none.
    conf = open(house.path("copy", "candour.conf")).read()
    os.mkdir(house.path("elsewhere"))
    shutil.copy(house.slot, house.path("elsewhere", "d.slot"))
    shutil.copy(house.slot + ".signer", house.path("elsewhere", "d.slot.signer"))
    shutil.copy(house.slot + ".vkey", house.path("elsewhere", "d.slot.vkey"))
    conf = conf.replace(house.slot, house.path("elsewhere", "d.slot"))
    house.write("copy/candour.conf", conf)
    answer = house.raw("-C", house.path("copy"), "field", "list")
    expect(answer.code != 0, "it opened with one slot of two")


def refuses_a_second_init_and_changes_nothing(house):
    house.init().exits(0)
    before = open(house.slot, "rb").read()
    answer = house.init("--json").exits(1).json()
    expect("already" in answer["error"]["what"], answer)
    equal(open(house.slot, "rb").read(), before, "the slot")
    house.run("log", "verify").exits(0)


def refuses_the_slot_of_another_organisation(house):
    house.init().exits(0)
    other = house.path("e")
    house.raw("-C", other, "init", "--name", "Other Society", "--contact", "x@other.example", "--slot", house.path("e.slot")).exits(0)
    conf = open(os.path.join(house.dir, "candour.conf")).read()
    house.write("d/candour.conf", conf.replace(house.slot, house.path("e.slot")))
    answer = house.run("field", "list", "--json")
    equal(answer.code, 1, "exit code")
    expect(answer.json()["error"]["do"], "it does not say what to do")


def refuses_a_slot_file_that_is_there(house):
    house.write("d.slot", b"something precious")
    house.init().exits(1)
    equal(open(house.slot, "rb").read(), b"something precious", "the file")


def refuses_one_file_named_as_two_slots(house):
    os.mkdir(house.path("s"))
    os.symlink("s", house.path("link"))
    for first, second in (("n1.slot", "./n1.slot"), ("n1.slot", "n1.slot"), ("s/n1.slot", "link/n1.slot"), (house.path("n1.slot"), "s/../n1.slot")):
        answer = house.run("init", "--name", "X", "--contact", "x@x.example", "--slot", house.path("n0.slot"), "--slot", first, "--slot", second)
        expect(answer.code == 2 and "twice" in answer.err, answer.err)
        equal(sorted(os.listdir(house.folder)), ["link", "s"], "what is there")
        equal(os.listdir(house.path("s")), [], "what is there")
    for end in (".signer", ".vkey", ".counters", ".keeper.sock"):
        answer = house.run("init", "--name", "X", "--contact", "x@x.example", "--slot", "n1.slot", "--slot", "n1.slot" + end).exits(2)
        expect("name can't end in" in answer.err, answer.err)
    house.run("init", "--name", "X", "--contact", "x@x.example", "--slot", "n1.slot", "--slot", "s/n1.slot").exits(0)


def refuses_a_slot_inside_the_data(house):
    answer = house.run("init", "--name", "X", "--contact", "x@x.example", "--slot", os.path.join(house.dir, "in.slot"))
    answer.exits(2)
    expect("backup" in answer.err, answer.err)
    expect(not os.path.exists(os.path.join(house.dir, "in.slot")), "the slot was made")


def refuses_a_slot_in_any_data_directory(house):
    house.init().exits(0)
    other = house.path("other")
    for slot in (os.path.join(house.dir, "log", "x.slot"), os.path.join(house.dir, "log", "tile", "x.slot")):
        answer = house.raw("-C", other, "init", "--name", "Other", "--contact", "a@other.example", "--slot", slot)
        expect(answer.code == 2 and "every backup would hold" in answer.err, answer.err)
        expect(not os.path.exists(slot), "a slot was made")
        shutil.rmtree(other, ignore_errors=True)
    house.run("backup", "b").exits(0)
    answer = house.raw("-C", other, "init", "--name", "Other", "--contact", "a@other.example", "--slot", house.path("b", "x.slot"))
    equal(answer.code, 2, answer.err)


def refuses_a_folder_that_is_not_empty(house):
    os.mkdir(house.dir)
    house.write("d/letter.txt", "something else")
    answer = house.init()
    expect(answer.code == 1 and "not empty" in answer.err, "%d %s" % (answer.code, answer.err))
    equal(os.listdir(house.dir), ["letter.txt"], "what is in it")
    os.unlink(house.path("d", "letter.txt"))
    house.init().exits(0)


def refuses_a_clock_that_nobody_has(house):
    house.init().exits(0)
    for when in ("1500-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "9999-01-01T00:00:00Z"):
        answer = house.run("field", "list", now=when)
        expect(answer.code == 2 and "1970 to 2099" in answer.err, "%s: %d %s" % (when, answer.code, answer.err))
    house.run("field", "list", now="2099-12-31T23:59:59Z").exits(0)


def another_versions_directory_is_told_as_such(house):
    house.init().exits(0)
    path = os.path.join(house.dir, "candour.conf")
    text = open(path, encoding="utf-8").read()
    house.write("d/candour.conf", text.replace("format = 1", "format = 2"))
    answer = house.run("field", "list").exits(1)
    expect("made by another version" in answer.err, answer.err)


def refuses_bad_options_before_anything_is_made(house):
    good = ["init", "--name", "X", "--contact", "x@x.example", "--slot", house.slot]
    for more in (["--country", "gb"], ["--origin", "https://x.example"], ["--origin", "practice.x.example"],
                 ["--practice", "--origin", "x.example/log"], ["--now", "2018-06-15T08:00:00Z"], ["--now", "yesterday", "--practice"]):
        answer = house.run(*good, *more)
        expect(answer.code in (1, 2), "%r exits %d" % (more, answer.code))
        expect(not os.path.exists(house.slot), "%r made a slot" % more)
    house.run("init", "--name", "X", "--contact", "nobody", "--slot", house.slot).exits(2)


def refuses_now_outside_practice(house):
    house.run("init", "--name", "X", "--contact", "x@x.example", "--slot", house.slot).exits(0)
    answer = house.run("field", "list", now="2018-06-15T08:00:00Z").exits(2)
    expect("practice" in answer.err, answer.err)
    expect("practice" not in house.run("log", "key").exits(0).out, "a real log is called practice")


def refuses_a_candour_conf_that_says_practice_of_a_real_one(house):
    house.raw("-C", house.dir, "init", "--name", "Union", "--contact", "privacy@union.example", "--slot", house.slot).exits(0)
    conf = os.path.join(house.dir, "candour.conf")
    real = open(conf, encoding="utf-8").read()
    house.write("d/candour.conf", real.replace("practice = no", "practice = yes"))
    answer = house.run("field", "add", "extra", "--category", "other", now=NOW).exits(1)
    expect("the slot says 'no'" in answer.err, answer.err)
    house.write("d/candour.conf", real)
    equal(house.run("log", "verify", "--json").exits(0).json()["size"], 3, "entries")


def killed_anywhere_goes_on_with_the_same_command(house):
    for point in ("init-conf", "init-slots", "init-signer", "init-filled"):
        house.dir = house.path(point)
        house.slot = house.path(point + ".slot")
        equal(house.init(crash=point).code, KILLED, point)
        refused = house.run("field", "list", "--json")
        expect(refused.code != 0, "%s: half an installation opened" % point)
        expect("init" in refused.json()["error"]["do"], "%s: %r" % (point, refused.out))
        slot = open(house.slot, "rb").read() if os.path.exists(house.slot) else None
        house.init().exits(0)
        if slot:
            equal(open(house.slot, "rb").read(), slot, "%s: the slot of the first run" % point)
        verdict = house.run("log", "verify", "--json").exits(0).json()
        equal((verdict["ok"], verdict["unpublished"]), (True, 0), point)
        kinds = [entry["entry"]["kind"] for entry in house.run("log", "show", "--json").json()["entries"]]
        equal(kinds.count("init"), 1, "%s: entries of init" % point)


run_all([
    prints_a_recovery_sheet_that_says_where_everything_is,
    gives_one_json_document,
    makes_files_for_the_owner_only,
    needs_all_slots_when_there_are_several,
    refuses_a_second_init_and_changes_nothing,
    refuses_the_slot_of_another_organisation,
    refuses_a_slot_file_that_is_there,
    refuses_one_file_named_as_two_slots,
    refuses_a_slot_inside_the_data,
    refuses_a_slot_in_any_data_directory,
    refuses_a_folder_that_is_not_empty,
    refuses_a_clock_that_nobody_has,
    another_versions_directory_is_told_as_such,
    refuses_bad_options_before_anything_is_made,
    refuses_now_outside_practice,
    refuses_a_candour_conf_that_says_practice_of_a_real_one,
    killed_anywhere_goes_on_with_the_same_command,
])
