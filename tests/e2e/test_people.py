"""People: imported, counted, looked up, and what they agreed to."""
import os

from tap import MEMBERS, NOW, equal, expect, run_all

LATER = "2018-06-16T09:00:00Z"
ROWS = MEMBERS + """1,Mavo,Testril,mavo@members.example,QA1 0AA,2015-01-01,2019-01-01,Current
2,Kolun,Vonore,kolun@members.example,QB1 0AA,2010-01-01,2012-01-01,Expired
3,Tobri,Vonore,tobri@members.example,QB1 0AA,2016-05-01,2019-05-01,Current
"""


def imported(house):
    house.init().exits(0)
    house.write("m.csv", ROWS)
    return house.run("import", "m.csv", "--source", "crm", "--full", "--json", now=NOW).exits(0).json()


def an_import_counts_what_it_did_and_again_changes_nothing(house):
    first = imported(house)
    equal([first[k] for k in ("read", "added", "updated", "unchanged", "gone", "rejected")], [3, 3, 0, 0, 0, []], "first")
    again = house.run("import", "m.csv", "--source", "crm", "--full", "--json", now=LATER).exits(0).json()
    equal([again[k] for k in ("read", "added", "updated", "unchanged", "gone")], [3, 0, 0, 3, 0], "again")


def a_dry_run_changes_nothing(house):
    house.init().exits(0)
    house.write("m.csv", ROWS)
    equal(house.run("import", "m.csv", "--source", "crm", "--dry-run", "--json", now=NOW).exits(0).json()["added"], 3, "would be added")
    equal(house.run("person", "count", "--json").json()["people"], 0, "people")


def a_bad_row_is_named_by_line_and_column_and_nothing_is_taken(house):
    house.init().exits(0)
    house.write("m.csv", ROWS.replace("2010-01-01", "2010-02-30"))
    answer = house.run("import", "m.csv", "--source", "crm", "--full", "--json", now=NOW).exits(1)
    wrong = answer.json()["rejected"]
    equal([(r["line"], r["column"] > 0) for r in wrong], [(3, True)], "rejected")
    expect("m.csv:3:" in answer.err, answer.err)
    expect("2010-02-30" not in answer.err + answer.out, "a cell of the file is repeated")
    equal(house.run("person", "count", "--json").json()["people"], 0, "people")
    taken = house.run("import", "m.csv", "--source", "crm", "--skip-rejected", "--json", now=NOW).exits(0).json()
    equal(taken["added"], 2, "taken without it")


def an_unknown_column_is_named_with_the_line_for_a_map(house):
    house.init().exits(0)
    house.write("m.csv", ROWS.replace("Postal Code", "Pref Br 2"))
    answer = house.run("import", "m.csv", "--source", "crm", now=NOW).exits(1)
    expect("Pref Br 2" in answer.err, answer.err)
    proposal = house.run("import", "m.csv", "--map", "?", now=NOW).exits(0).out
    expect("Pref Br 2" in proposal, proposal)
    house.write("map.txt", "Pref Br 2 = ignore\n")
    house.run("import", "m.csv", "--source", "crm", "--map", "map.txt", now=NOW).exits(0)


def people_are_counted_by_status_and_selection(house):
    imported(house)
    counted = house.run("person", "count", "--json", now=LATER).exits(0).json()
    equal((counted["people"], counted["status"]["member"], counted["status"]["former"]), (3, 2, 1), "now")
    then = house.run("person", "count", "--as-of", "2011-06-01", "--json", now=LATER).exits(0).json()
    equal(then["status"]["member"], 1, "in 2011")
    some = house.run("person", "count", "--select", 'last_name = "Vonore" and status = "member"', "--json", now=LATER).exits(0).json()
    equal(some["people"], 1, "selected")
    answer = house.run("person", "count", "--select", 'lastname = "x"').exits(1)
    expect("last_name" in answer.err, answer.err)


def lists_hold_ids_and_only_the_details_asked_for(house):
    imported(house)
    plain = house.run("person", "list", now=LATER).exits(0).out
    equal(plain, "1\tmember\n2\tformer\n3\tmember\n", "list")
    more = house.run("person", "list", "--fields", "first_name", "--limit", "1", now=LATER).exits(0).out
    equal(more, "1\tmember\tMavo\n", "with a detail")
    found = house.run("person", "find", "Vonore", now=LATER).exits(0).out
    expect("Kolun" not in found and len(found.splitlines()) == 2, found)
    shown = house.run("person", "show", "crm:2", "--json", now=LATER).exits(0).json()
    equal((shown["fields"]["first_name"], shown["status"], shown["left"]), (["Kolun"], "former", "2012-01-01"), "show")
    house.run("person", "show", "Vonore", now=LATER).exits(1)


def a_past_value_stays_in_the_history(house):
    imported(house)
    house.write("m.csv", ROWS.replace("mavo@", "mavo2@"))
    equal(house.run("import", "m.csv", "--source", "crm", "--full", "--json", now=LATER).exits(0).json()["updated"], 1, "updated")
    values = [v for v in house.run("person", "history", "1", "--json", now=LATER).exits(0).json()["values"] if v["field"] == "email"]
    equal(sorted((v["value"], v["until"] != "") for v in values), [("mavo2@members.example", False), ("mavo@members.example", True)], "e-mail")
    house.run("person", "find", "mavo@members.example", now=LATER).exits(1)
    house.run("person", "find", "mavo@members.example", "--past", now=LATER).exits(0)


def an_older_export_is_not_taken_over_a_newer_one(house):
    house.init().exits(0)
    house.write("new.csv", ROWS)
    house.write("old.csv", ROWS.replace("mavo@", "before@").rsplit("3,Tobri", 1)[0])
    take = ("--source", "crm", "--full", "--json")
    house.run("import", "new.csv", *take, "--exported", "2018-06-01", now=LATER).exits(0)
    for more in (("--accept-gone",), ("--accept-gone", "--dry-run")):
        refused = house.run("import", "old.csv", *take, "--exported", "2017-03-01", *more, now=LATER).exits(1)
        expect("2017-03-01" in refused.err and "2018-06-01" in refused.err and "newest" in refused.err, refused.err)
        answer = refused.json()
        equal([answer[k] for k in ("people", "added", "updated", "unchanged", "gone")], [0, 0, 0, 0, 0], "numbers")
    house.run("person", "find", "mavo@members.example", now=LATER).exits(0)
    refused = house.run("import", "new.csv", *take, "--exported", "2018-06-17", now=LATER)
    expect(refused.code in (1, 2) and "ahead" in refused.err, refused.err)
    house.run("import", "old.csv", "--source", "hall", "--exported", "2017-03-01", now=LATER).exits(0)
    house.run("import", "new.csv", *take, "--exported", "2018-06-01", now=LATER).exits(0)
    house.run("import", "new.csv", *take, now=LATER).exits(0)
    house.run("import", "new.csv", *take, "--exported", "2018-06-01", now=LATER).exits(1)


def nothing_is_counted_where_nothing_was_changed(house):
    house.init().exits(0)
    house.write("m.csv", ROWS)
    keys = ("people", "added", "updated", "unchanged", "gone", "forgotten", "possible_duplicates")
    house.write("bad.csv", ROWS.replace("2010-01-01", "2010-02-30"))
    for name, more in (("bad.csv", ("--full",)), ("m.csv", ("--full", "--part"))):
        refused = house.run("import", name, "--source", "crm", *more, "--json", now=NOW)
        equal([refused.json().get(k, 0) for k in keys] + [refused.code > 0], [0] * len(keys) + [True], name)
    house.run("import", "m.csv", "--source", "crm", "--full", now=NOW).exits(0)
    house.write("few.csv", MEMBERS + ROWS.splitlines()[1] + "\n")
    refused = house.run("import", "few.csv", "--source", "crm", "--full", "--json", now=LATER).exits(1)
    equal([refused.json()[k] for k in keys], [0] * len(keys), "too many gone")
    expect("2 of the 3 people" in refused.err, refused.err)
    equal(house.run("import", "few.csv", "--source", "crm", "--full", "--accept-gone", "--dry-run", "--json", now=LATER).exits(0).json()["gone"], 2, "dry run")


def consents_and_objections_are_recorded_once_and_can_end(house):
    imported(house)
    give = ["consent", "give", "1", "--purpose", "newsletter", "--how", "paper", "--json"]
    equal(house.run(*give, now=LATER).exits(0).json()["changed"], True, "first")
    equal(house.run(*give, now=LATER).exits(0).json()["changed"], False, "again")
    listed = house.run("consent", "list", "1", "--json", now=LATER).exits(0).json()["consents"]
    equal([(c["purpose"], c["how"], c["until"]) for c in listed], [("newsletter", "paper", "")], "consents")
    house.run("consent", "withdraw", "1", "--purpose", "newsletter", now="2018-07-01T00:00:00Z").exits(0)
    expect(house.run("consent", "list", "1", "--json").json()["consents"][0]["until"], "it goes on")
    house.run("objection", "add", "2", "--purpose", "fundraising", now=LATER).exits(0)
    equal(len(house.run("objection", "list", "2", "--json").json()["objections"]), 1, "objections")
    house.run("consent", "give", "1", "--purpose", "newsleter").exits(1)
    house.run("consent", "give", "nobody@members.example", "--purpose", "newsletter").exits(1)
    house.run("log", "verify").exits(0)


def a_name_moves_nothing_on_the_screen(house):
    house.init().exits(0)
    house.write("m.csv", MEMBERS + "1,Ma\x1b[2Jvo,Tes\u202etril,mavo@members.example,QA1 0AA,2015-01-01,,Current\n")
    house.run("import", "m.csv", "--source", "crm", now=NOW).exits(0)
    shown = house.run("person", "show", "1", now=NOW).exits(0).out
    expect("Ma<U+001B>[2Jvo" in shown and "Tes<U+202E>tril" in shown, shown)
    kept = house.run("person", "show", "1", "--json", now=NOW).exits(0).out
    expect("\\u001B[2J" in kept and "\u202e" in kept, kept)


def an_id_or_a_name_makes_no_second_line_or_column(house):
    house.init().exits(0)
    odd = '"9\x1b[2J\x9b1m\u202e\t7\n#8"'
    house.write("m.csv", MEMBERS + odd + ',"Ma\x1b[2J\x9bvo","Tes\u202e\ttril\nmember",mavo@members.example,QA1 0AA,2015-01-01,,Current\n'
                + "2,Ola,Testril,mavo@members.example,QA1 0AA,2015-01-01,,Current\n")
    house.run("import", "m.csv", "--source", "crm", now=NOW).exits(0)
    house.run("recipient", "add", "--id", "p", "--name", "Pellwick Ltd", "--class", "processor", "--contract", "2017-05-01", "--purpose", "ballot",
              "--fields", "first_name", now=NOW).exits(0)
    house.run("handover", "record", "--to", "p", "--purpose", "ballot", "--date", "2018-05-01", "--rule", 'status = "member"', "--fields", "first_name",
              "--approved-by", "Officer", now=NOW).exits(0)
    house.run("incident", "open", "--recipient", "p", "--aware", "2018-06-15T07:00:00Z", now=NOW).exits(0)
    answers = {argv: house.run(*argv, now=NOW).exits(0).out for argv in (
        ("person", "list", "--fields", "first_name,last_name"), ("person", "list"), ("person", "find", "mavo@members.example"),
        ("incident", "scope", "I1", "--people"), ("person", "duplicates"), ("person", "merge", "#0", "#1"), ("person", "show", "#1"))}
    for argv, shown in answers.items():
        expect("9<U+001B>[2J<U+009B>1m<U+202E><U+0009>7<U+000A>#8" in shown, (argv, shown))
        expect(not set(shown) & set("\x1b\x9b\u202e"), (argv, shown))
    listed = answers["person", "list", "--fields", "first_name,last_name"].splitlines()
    equal([line.split("\t")[1:] for line in listed],
          [["member", "Ma<U+001B>[2J<U+009B>vo", "Tes<U+202E><U+0009>tril<U+000A>member"], ["member", "Ola", "Testril"]], "lines and columns")
    equal([line.count("\t") for line in answers["incident", "scope", "I1", "--people"].splitlines()], [1, 1], "columns of the affected")


def no_name_and_no_address_lies_on_the_disk_in_clear(house):
    imported(house)
    house.run("consent", "give", "1", "--purpose", "newsletter", now=LATER).exits(0)
    for folder, _, names in os.walk(house.folder):
        for name in names:
            if name == "m.csv":
                continue
            path = os.path.join(folder, name)
            if not os.path.isfile(path):
                continue
            data = open(path, "rb").read()
            for needle in (b"Testril", b"Vonore", b"Kolun", b"members.example", b"QB1 0AA", b"qb10aa"):
                expect(needle not in data, "%s holds %s" % (path, needle))


def where_sources_contradict_each_other_doubt_includes(house):
    """The first source says York, a day later another says Hull: of all time before, nobody knows which it was."""
    at = "2018-06-%02dT09:00:00Z"
    house.init(now=at % 1).exits(0)
    house.write("a.csv", "Contact ID,First Name,Last Name,Email,City,Membership Start Date,Membership Status\n"
                         "1,Mavo,Testril,mavo@members.example,York,2015-01-01,Current\n2,Kolun,Vonore,kolun@members.example,Leeds,2015-01-01,Current\n")
    house.write("b.csv", "No,First Name,Last Name,Email,City\nh1,Mavo,Testril,mavo@members.example,Hull\n")
    house.write("b.map", "No = id member_number\n")
    house.run("import", "a.csv", "--source", "crm", "--full", now=at % 2).exits(0)
    equal(house.run("import", "b.csv", "--source", "hall", "--full", "--map", "b.map", "--json", now=at % 3).exits(0).json()["updated"], 1, "the same person")
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--contract", "2017-01-01", "--purpose",
              "membership", "--fields", "first_name,city", now=at % 4).exits(0)
    for select, people, unsure in (('city = "York"', 1, 1), ('city = "Hull"', 1, 1), ('city != "York"', 2, 1), ('city in ("York","Hull")', 1, 0),
                                   ('city = "Rome"', 0, 0), ('city = "Leeds"', 1, 0)):
        got = house.run("person", "count", "--select", select, "--json", now=at % 5).exits(0).json()
        equal((got["people"], got["unsure"]), (people, unsure), select)
    for city in ("York", "Hull"):
        got = house.run("handover", "record", "--to", "pellwick", "--purpose", "membership", "--date", "2017-05-01", "--rule", 'city = "%s"' % city, "--fields",
                        "first_name", "--approved-by", "the board", "--json", now=at % 6).exits(0).json()
        equal(got["people"], 1, "the rule that says " + city)
    made = ("handover", "create", "--to", "pellwick", "--purpose", "membership", "--fields", "first_name,city", "--out", "o.csv", "--plain", "--approved-by",
            "the board", "--select")
    house.run(*made, 'city = "York"', now=at % 7).exits(1)  # only who is surely meant is given
    house.run(*made, 'city in ("York","Hull")', now=at % 7).exits(0)
    equal(open(house.path("o.csv"), encoding="utf-8-sig", newline="").read(), "first_name,city\r\nMavo,Hull\r\n", "what is given is the newest word")
    equal(house.run("person", "show", "crm:1", now=at % 8).exits(0).out.count("Hull"), 1, "and shown")


run_all([
    an_import_counts_what_it_did_and_again_changes_nothing,
    a_dry_run_changes_nothing,
    a_bad_row_is_named_by_line_and_column_and_nothing_is_taken,
    an_unknown_column_is_named_with_the_line_for_a_map,
    people_are_counted_by_status_and_selection,
    lists_hold_ids_and_only_the_details_asked_for,
    a_past_value_stays_in_the_history,
    an_older_export_is_not_taken_over_a_newer_one,
    nothing_is_counted_where_nothing_was_changed,
    consents_and_objections_are_recorded_once_and_can_end,
    a_name_moves_nothing_on_the_screen,
    an_id_or_a_name_makes_no_second_line_or_column,
    where_sources_contradict_each_other_doubt_includes,
    no_name_and_no_address_lies_on_the_disk_in_clear,
])
