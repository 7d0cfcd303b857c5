"""The command line itself: help everywhere, wrong usage, one JSON document whatever happens."""
import json
import os

from tap import NOW, equal, expect, run_all


def commands(house):
    """Noun and verb of every command, read off the map."""
    found = []
    for line in house.raw("help").exits(0).out.splitlines():
        if line.startswith("  "):
            found.append([word for word in line[2:22].split(" ") if word])
    expect(len(found) > 30, "only %d commands" % len(found))
    return found


def without_words_and_help_print_the_same_map(house):
    equal(house.raw().exits(0).out, house.raw("help").exits(0).out, "the map")
    equal(house.raw("--help").exits(0).out, house.raw("help").out, "the map")


def every_command_has_a_page_with_an_example_of_itself(house):
    for words in commands(house):
        page = house.raw(*words, "--help").exits(0)
        equal(page.err, "", "standard error of %r" % words)
        equal(page.out, house.raw("help", *words).exits(0).out, "both pages of %r" % words)
        expect("\nExample:\n  candour " in page.out, "%r has no example" % words)
        example = page.out.split("\nExample:\n")[1]
        expect(" ".join(words) in example, "the example of %r is of another command" % words)
        expect(page.out.splitlines()[0].endswith("."), "%r does not begin with a sentence" % words)


def every_noun_has_a_map_of_its_verbs(house):
    for words in commands(house):
        if len(words) == 2:
            page = house.raw(words[0], "--help").exits(0)
            expect(words[1] in page.out, page.out)
            house.raw(words[0]).exits(2)


def prints_its_version(house):
    expect(house.raw("--version").exits(0).out.startswith("candour 0."), "version")


def names_the_nearest_of_what_it_does_not_know(house):
    for argv, near in ((["improt", "x"], "'import'"), (["log", "verfy"], "'log verify'"), (["log", "verify", "--tilse", "x"], "--tiles"),
                       (["log", "verify", "--jsno"], "--json")):
        answer = house.raw(*argv).exits(2)
        expect(near in answer.err, "%r: %s" % (argv, answer.err))
        equal(answer.out, "", "standard output of %r" % argv)


def wrong_usage_exits_2_and_says_what_to_do(house):
    for argv in (["log"], ["log", "prove"], ["log", "key", "extra"], ["log", "verify", "--tiles"], ["log", "verify", "--tiles", "--key", "x"],
                 ["recipient", "add"], ["recipient", "add", "--id", "a", "--id", "b", "--name", "c"], ["log", "prove", "one"],
                 ["field", "list", "--json=yes"], ["-x", "log", "key"], ["log", "key"], ["--nonsense"]):
        answer = house.raw(*argv).exits(2)
        lines = answer.err.splitlines()
        expect(lines[0].startswith("candour: ") and len(lines) > 1, "%r: %s" % (argv, answer.err))


def options_may_stand_anywhere_and_two_dashes_end_them(house):
    house.init().exits(0)
    first = house.raw("-C", house.dir, "--json", "field", "list").exits(0).json()
    equal(house.raw("field", "-C", house.dir, "list", "--json").exits(0).json(), first, "between")
    equal(house.raw("field", "list", "--json", "--dir=" + house.dir).exits(0).json(), first, "after")
    equal(house.raw("field", "list", "--json", env={"CANDOUR_DIR": house.dir}).exits(0).json(), first, "environment")
    answer = house.run("person", "find", "--json", "--", "--help").exits(1)
    expect("No record" in answer.json()["error"]["what"], answer.out)


def every_failure_with_json_is_one_document(house):
    house.init().exits(0)
    cases = ((2, ["--json", "nonsense"]), (2, ["-C", house.dir, "log", "prove", "--json"]),
             (1, ["-C", house.path("nowhere"), "log", "key", "--json"]), (1, ["-C", house.dir, "recipient", "show", "nobody", "--json"]),
             (1, ["-C", house.dir, "log", "prove", "99", "--json"]), (2, ["log", "key", "--json"]))
    for code, argv in cases:
        error = house.raw(*argv).exits(code).json()["error"]
        equal(sorted(error), ["do", "what", "where"], "keys of %r" % argv)
        expect(error["what"] and error["do"], "%r: %r" % (argv, error))


def results_with_json_are_one_document_and_nothing_else(house):
    house.init().exits(0)
    for argv in (["field", "list"], ["purpose", "list"], ["rule", "list"], ["recipient", "list"], ["person", "count"], ["person", "list"],
                 ["log", "checkpoint"], ["log", "key"], ["log", "verify"], ["log", "show"]):
        answer = house.run(*argv, "--json").exits(0)
        expect(isinstance(answer.json(), dict), argv)
        expect(answer.err == "", "%r: %r" % (argv, answer.err))
        expect(house.run(*argv).exits(0).err == "", argv)


def a_field_that_is_there_already_is_no_error(house):
    house.init().exits(0)
    add = ["field", "add", "shoe_size", "--label", "Shoe size", "--category", "other", "--type", "number", "--json"]
    equal(house.run(*add, now=NOW).exits(0).json()["added"], True, "first")
    equal(house.run(*add, now=NOW).exits(0).json()["added"], False, "second")
    house.run("field", "add", "shoe_size", "--category", "contact", "--type", "number").exits(1)
    answer = house.run("field", "add", "x", "--category", "secret").exits(2)
    expect("identity, contact" in answer.err, answer.err)


def recipients_are_recorded_changed_and_linked(house):
    house.init().exits(0)
    add = ["recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--country", "GB", "--does",
           "prints and posts letters", "--contract", "2017-05-01", "--purpose", "ballot", "--delete-after", "90d", "--contact",
           "security@pellwick.example", "--fields", "first_name,last_name"]
    house.run(*add, now=NOW).exits(0)
    equal(house.run(*add, "--json", now=NOW).exits(0).json()["changed"], False, "the same again")
    house.run(*add[:-1], "email", now=NOW).exits(1)
    house.run("recipient", "add", "--id", "farbank", "--name", "Farbank Ltd", "--class", "sub-processor", now=NOW).exits(0)
    house.run("recipient", "link", "pellwick", "--sub-processor", "farbank", "--purpose", "ballot", "--from", "2018-01-01", now=NOW).exits(0)
    house.run("recipient", "edit", "pellwick", "--fields", "first_name, email", now=NOW).exits(0)
    shown = house.run("recipient", "show", "pellwick", "--json").exits(0).json()["recipient"]
    equal(shown["fields"], ["first_name", "email"], "fields")
    equal(shown["name"], "Pellwick Mailing Ltd", "name")
    equal([link["sub"] for link in shown["links"]], ["farbank"], "links")
    equal([r["id"] for r in house.run("recipient", "list", "--json").json()["recipients"]], ["pellwick", "farbank"], "list")
    expect("pellwick" in house.run("recipient", "show", "pelwick").exits(1).err, "the nearest is not named")
    for wrong in (["--purpose", "balot"], ["--fields", "emial"], ["--contract", "2018-02-30"], ["--class", "friend"],
                  ["--delete-after", "soon"]):
        answer = house.run("recipient", "edit", "pellwick", *wrong)
        expect(answer.code in (1, 2), "%r exits %d" % (wrong, answer.code))


def a_purpose_by_consent_is_never_needed_for_membership(house):
    house.init().exits(0)
    house.run("purpose", "add", "survey", "--words", "our survey", "--basis", "a", "--special", "a", "--statuses", "member", "--fields",
              "email", now=NOW).exits(0)
    house.run("purpose", "add", "survey", "--required-for-membership", now=NOW).exits(1)
    keys = [p["key"] for p in house.run("purpose", "list", "--json").json()["purposes"]]
    equal(keys, ["membership", "ballot", "newsletter", "fundraising", "survey"], "purposes")


def invented_people_are_the_same_for_the_same_seed(house):
    first = house.raw("bench", "make-register", "--people", "500", "--seed", "7").exits(0).out
    equal(house.raw("bench", "make-register", "--people", "500", "--seed", "7").out, first, "seed 7 again")
    expect(house.raw("bench", "make-register", "--people", "500", "--seed", "8").out != first, "seed 8 is seed 7")
    rows = first.splitlines()
    equal(len({row.split(",")[0] for row in rows[1:]}), 500, "people")
    expect(len(rows) > 510, "nobody came back")
    answer = house.raw("bench", "make-register", "--people", "500", "--seed", "7", "--out", house.path("p.csv"), "--json").exits(0)
    equal(json.loads(answer.out)["people"], 500, "people in JSON")
    equal(open(house.path("p.csv"), encoding="utf-8").read(), first, "the file")
    house.raw("bench", "make-register", "--people", "5", "--out", house.path("p.csv")).exits(1)


def doctor_says_what_is_weak(house):
    house.init().exits(0)
    checks = {c["check"]: c for c in house.run("doctor", "--json").json()["checks"]}
    for name in ("opens", "slot-disk", "slot-snapshots", "locked-memory", "user", "swap", "core", "clock", "age"):
        expect(checks[name]["state"] in ("good", "weak", "bad"), name)
    equal(checks["opens"]["state"], "good", "opens")
    equal(checks["slot-disk"]["state"], "weak", "slot and data on one disk")
    equal(checks["data-mode"]["state"], "good", "a folder for the owner only")
    for mode, state in ((0o777, "weak"), (0o770, "weak"), (0o702, "weak"), (0o755, "good")):
        os.chmod(house.dir, mode)
        check = {c["check"]: c for c in house.run("doctor", "--json").json()["checks"]}["data-mode"]
        equal(check["state"], state, oct(mode))
        equal("chmod 700 " + house.dir in check["do"], state == "weak", "what to run")


run_all([
    without_words_and_help_print_the_same_map,
    every_command_has_a_page_with_an_example_of_itself,
    every_noun_has_a_map_of_its_verbs,
    prints_its_version,
    names_the_nearest_of_what_it_does_not_know,
    wrong_usage_exits_2_and_says_what_to_do,
    options_may_stand_anywhere_and_two_dashes_end_them,
    every_failure_with_json_is_one_document,
    results_with_json_are_one_document_and_nothing_else,
    a_field_that_is_there_already_is_no_error,
    recipients_are_recorded_changed_and_linked,
    a_purpose_by_consent_is_never_needed_for_membership,
    invented_people_are_the_same_for_the_same_seed,
    doctor_says_what_is_weak,
])
