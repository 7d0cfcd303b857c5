"""Past values: kept for 90 days, then only when they held and a fingerprint; tools/read-datadir sees that they are gone."""
import os
import re
import subprocess

from tap import KILLED, MEMBERS, equal, expect, run_all

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools")
START, CHANGED = "2018-06-15T09:00:00Z", "2018-07-01T09:00:00Z"
DAY_89, DAY_90, LATER = "2018-09-28T09:00:00Z", "2018-09-29T09:00:01Z", "2018-11-01T09:00:00Z"
ADA = "1,Ada,Testril,ada@old.example,QA1 0AA,2015-01-01,2019-01-01,Current\n"
NEW_ADA = "1,Ada,Umbrel,ada@new.example,QA1 0AA,2015-01-01,2019-01-01,Current\n"
KOLUN = "2,Kolun,Vonore,kolun@members.example,QB1 0AA,2010-01-01,2012-01-01,Expired\n"


def took(house, rows, now, *more, source="crm", mode="--full", crash=None):
    house.write("m.csv", MEMBERS + rows)
    argv = ("import", "m.csv", "--source", source, mode, *more, "--json")
    answer = house.run(*argv, now=now, crash=crash)
    return answer if crash else answer.exits(0).json()


def changed(house):
    """Ada has another name and address since CHANGED."""
    house.init().exits(0)
    took(house, ADA + KOLUN, START)
    equal(took(house, NEW_ADA + KOLUN, CHANGED)["updated"], 1, "updated")


def recipient(house):
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--contract", "2017-05-01",
              "--purpose", "ballot", "--fields", "first_name,last_name,email,postal_code", now=START).exits(0)


def recorded(house, sent, now, *more):
    house.write("sent.csv", sent)
    return house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-06-20", "--file", "sent.csv",
                     "--approved-by", "Returning officer", "--json", *more, now=now).exits(0).json()


def tool(house, name, *more):
    done = subprocess.run([os.path.join(TOOLS, name), house.dir, *more], capture_output=True, check=False, timeout=120)
    equal((done.returncode, done.stderr.decode()), (0, ""), name)
    return done.stdout.decode()


def all_that_opens(house):
    """The rows of everybody, and all documents, opened by another program."""
    return "".join(tool(house, "read-datadir", "--documents", "--person", str(n)) for n in range(4))


def is_whole(house):
    house.run("fsck", now=LATER).exits(0)
    equal(tool(house, "check-datadir", "--check"), "no fault\n", "check-datadir")


def history(house, who="crm:1", now=LATER):
    values = house.run("person", "history", who, "--json", now=now).exits(0).json()["values"]
    return {(v["field"], v["value"], v["kept"], v["since"], v["until"]) for v in values}


def before_90_days_a_past_value_is_kept_and_after_them_nowhere(house):
    changed(house)
    equal(took(house, NEW_ADA + KOLUN, DAY_89)["forgotten"], 0, "after 89 days")
    expect("ada@old.example" in all_that_opens(house), "it went too soon")
    before = history(house)
    done = took(house, NEW_ADA + KOLUN, DAY_90)
    equal((done["forgotten"], done["updated"], done["unchanged"]), (2, 0, 2), "after 90 days")
    after = history(house)
    equal({(f, v, kept) for f, v, kept, _, _ in before - after}, {("email", "ada@old.example", True), ("last_name", "Testril", True)}, "gone")
    equal({(f, v, kept) for f, v, kept, _, _ in after - before}, {(f, "(no longer kept)", False) for f in ("email", "last_name")}, "left")
    equal({(f, s, u) for f, _, _, s, u in before - after}, {(f, s, u) for f, _, _, s, u in after - before}, "when it held")
    opened = all_that_opens(house)
    expect(not re.search("testril|old.example", opened, re.I), opened)
    equal(len(re.findall(r"(?:email|last_name): fingerprint [0-9a-f]{32} ", opened)), 2, "fingerprints")
    expect("ada@new.example" in opened and "kolun@members.example" in opened, opened)
    for shown in ("show", "history"):
        out = house.run("person", shown, "crm:1", "--as-of", "2018-06-20", now=LATER).exits(0).out
        expect("(no longer kept)" in out and "Testril" not in out, out)
    listed = house.run("person", "list", "--fields", "email,last_name", "--as-of", "2018-06-20", now=LATER).exits(0).out
    equal(listed, "1\tmember\t(no longer kept)\t(no longer kept)\n2\tformer\tkolun@members.example\tVonore\n", "list")
    equal(took(house, NEW_ADA + KOLUN, LATER)["forgotten"], 0, "again")
    is_whole(house)


def an_import_of_others_and_of_another_source_forgets_too(house):
    changed(house)
    equal(took(house, "9,Zelo,Other,zelo@members.example,QC1 0AA,,,Current\n", LATER, source="mailer", mode="--part")["forgotten"], 2, "values")
    expect("old.example" not in all_that_opens(house), "it is there")
    is_whole(house)


def who_is_gone_from_the_file_is_not_forgotten_about(house):
    changed(house)
    done = took(house, KOLUN, LATER, "--accept-gone")
    equal((done["gone"], done["forgotten"]), (1, 2), "gone, forgotten")
    expect("old.example" not in all_that_opens(house), "it is there")
    is_whole(house)


def a_dry_run_and_a_refused_file_forget_nothing(house):
    changed(house)
    took(house, NEW_ADA + KOLUN, LATER, "--dry-run")
    house.write("m.csv", MEMBERS + NEW_ADA)
    house.run("import", "m.csv", "--source", "crm", "--full", now=LATER).exits(1)
    expect("ada@old.example" in all_that_opens(house), "it is gone")


def a_value_that_another_source_has_still_stays_hers(house):
    changed(house)
    took(house, "7,Ada,Testril,ada@old.example,QA1 0AA,,,Current\n", "2018-07-02T09:00:00Z", source="mailer", mode="--part")
    shown = house.run("person", "show", "mailer:7", "--json", now=LATER).exits(0).json()
    equal((shown["number"], sorted(shown["fields"]["email"])), (0, ["ada@new.example", "ada@old.example"]), "one person")
    equal(took(house, NEW_ADA + KOLUN, LATER)["forgotten"], 2, "values")
    shown = house.run("person", "show", "mailer:7", "--json", now=LATER).exits(0).json()
    equal(sorted(shown["fields"]["email"]), ["ada@new.example", "ada@old.example"], "her addresses")
    house.run("person", "find", "ada@old.example", now=LATER).exits(0)
    is_whole(house)


def a_value_that_comes_back_is_present_again(house):
    changed(house)
    took(house, NEW_ADA + KOLUN, LATER)
    equal(took(house, ADA + KOLUN, "2018-11-02T09:00:00Z")["updated"], 1, "updated")
    kept = {(f, v) for f, v, kept, _, until in history(house) if kept and not until}
    expect({("email", "ada@old.example"), ("last_name", "Testril")} <= kept, kept)
    house.run("person", "find", "ada@old.example", now=LATER).exits(0)
    is_whole(house)
    equal(took(house, NEW_ADA + KOLUN, "2018-11-03T09:00:00Z")["updated"], 1, "and gone again")
    equal(took(house, NEW_ADA + KOLUN, "2019-03-01T09:00:00Z")["forgotten"], 4, "the second time, and the new ones' first")
    expect("old.example" not in all_that_opens(house), "it is there")
    is_whole(house)


def she_is_found_by_what_is_no_longer_kept(house):
    changed(house)
    took(house, NEW_ADA + KOLUN, LATER)
    house.run("person", "find", "ada@old.example", now=LATER).exits(1)
    for what in ("ada@old.example", "Testril"):
        found = house.run("person", "find", what, "--past", "--json", now=LATER).exits(0).json()["people"]
        equal([p["number"] for p in found], [0], what)
    # A list without ids, from before she changed her name: by her old address, and by her postcode.
    recipient(house)
    for row, matched in (("Ada,Testril,ada@old.example,", 1), ("ADA,Tes-tril,,QA1 0AA", 1), ("Ada,Testrel,,QA1 0AA", 0)):
        done = recorded(house, "First Name,Last Name,Email,Postal Code\n" + row + "\n", LATER)
        equal([done[k] for k in ("matched", "file_only", "ambiguous")], [matched, 1 - matched, 0], row)


def what_can_not_be_told_any_more_includes_her(house):
    changed(house)
    asked = ("person", "count", "--as-of", "2018-06-20", "--json", "--select")
    for select, people in (('last_name = "Testril"', 1), ('last_name = "Umbrel"', 0), ('last_name is empty', 0)):
        equal(house.run(*asked, select, now=DAY_89).exits(0).json()["people"], people, select + " before")
    took(house, NEW_ADA + KOLUN, LATER)
    for select, people, unsure in (('last_name = "TESTRIL"', 1, 1), ('last_name is empty', 0, 0), ('not last_name is empty', 2, 0),
                                   ('last_name = "Vonore"', 1, 0), ('last_name != "Vonore"', 1, 0), ('email != "ada@old.example"', 2, 1),
                                   ('email in ("kolun@members.example", "ada@OLD.example")', 2, 1), ('last_name != "Testril"', 2, 1)):
        counted = house.run(*asked, select, now=LATER).exits(0).json()
        equal((counted["people"], counted["unsure"]), (people, unsure), select)


def a_system_takes_nobody_in_for_a_name_that_she_never_had(house):
    changed(house)
    recipient(house)
    house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--system", "--from", "2018-06-16", "--select",
              'last_name = "Vonore"', "--fields", "first_name", "--approved-by", "the board", now=CHANGED).exits(0)
    took(house, NEW_ADA + KOLUN, LATER)
    took(house, NEW_ADA.replace("QA1 0AA", "QD1 0AA") + KOLUN, "2018-11-02T09:00:00Z")
    equal(house.run("handover", "show", "H1", "--json", now="2018-11-03T09:00:00Z").exits(0).json()["people"], 1, "people")


def an_objection_that_ended_stays_on_record_and_its_word_does_not(house):
    house.init().exits(0)
    head = "Contact ID,First Name,Last Name,No Bulk Emails (User Opt Out)\n"
    for now, said in ((START, "1"), (CHANGED, "0"), (LATER, "0")):
        house.write("m.csv", head + "1,Ada,Testril,%s\n" % said)
        house.run("import", "m.csv", "--source", "crm", now=now).exits(0)
    shown = house.run("objection", "list", "1", "--json", now=LATER).exits(0).json()["objections"]
    equal({(o["purpose"], bool(o["until"])) for o in shown}, {("newsletter", True), ("fundraising", True)}, "objections")
    equal([v[1] for v in history(house) if v[0] == "contact_choices"], ["(no longer kept)"], "the word")
    is_whole(house)


def of_a_field_held_as_presence_only_the_same_stays(house):
    house.init().exits(0)
    house.run("field", "add", "iban", "--label", "IBAN", "--category", "financial", "--type", "text", "--presence-only", now=START).exits(0)
    for now, iban in ((START, "GB00 TEST 0000"), (CHANGED, ""), (LATER, "")):
        house.write("m.csv", "Contact ID,First Name,Last Name,IBAN\n1,Ada,Testril,%s\n" % iban)
        house.write("map.txt", "IBAN = iban\n")
        house.run("import", "m.csv", "--source", "crm", "--map", "map.txt", now=now).exits(0)
    asked = ("person", "count", "--as-of", "2018-06-20", "--json", "--select")
    equal(house.run(*asked, "iban is not empty", now=LATER).exits(0).json()["people"], 1, "then")
    equal(house.run("person", "count", "--json", "--select", "iban is not empty", now=LATER).exits(0).json()["people"], 0, "now")
    is_whole(house)


def a_birth_date_that_is_no_longer_said_is_in_no_fact_either(house):
    """What rules need of it, whether she is under 18 or 110, follows from what her sources say now."""
    head = "Contact ID,First Name,Last Name,Birth Date\n"

    def born(crm, hall, day):
        for source, text in (("crm", crm), ("hall", hall)):
            house.write(source + ".csv", head + "1,Ada,Testril,%s\n" % text)
            house.run("import", source + ".csv", "--source", source, now=day).exits(0)
        house.run("person", "merge", "crm:1", "hall:1", now=day).exits(0)
        return house.run("person", "count", "--json", now=day).exits(0).json()["deceased"]
    house.init().exits(0)
    equal(born("1901-03-04", "", START), 1, "she would be 117")
    expect("1901-03-04" in all_that_opens(house), "it is kept")
    equal(born("", "1961-05-06", CHANGED), 0, "one source takes it back, another says it otherwise")
    equal(born("", "1961-05-06", LATER), 0, "later")
    opened = all_that_opens(house)
    expect("1901-03-04" not in opened and "1961-05-06" in opened, opened)
    is_whole(house)


def somebody_known_only_from_a_file_is_nothing_special(house):
    house.init().exits(0)
    took(house, ADA, START)
    recipient(house)
    done = recorded(house, "Contact ID,First Name,Last Name,Email\n5,Belo,Cantrel,belo@old.example\n", "2018-06-25T09:00:00Z", "--source", "crm")
    equal(done["file_only"], 1, "file only")
    took(house, ADA + "5,Belo,Cantrel,belo@new.example,,,,Current\n", CHANGED)
    expect("belo@old.example" in all_that_opens(house), "it went too soon")
    equal(took(house, ADA, LATER, mode="--part")["forgotten"], 1, "values")
    expect("belo@old.example" not in all_that_opens(house), "it is there")
    is_whole(house)


def a_scope_stays_as_it_was(house):
    changed(house)
    recipient(house)
    house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-06-20", "--rule", 'status = "member"',
              "--fields", "first_name,last_name,email", "--approved-by", "Returning officer", now=CHANGED).exits(0)
    opened = ("--company-aware", "2018-07-03T09:00:00Z", "--aware", "2018-07-03T10:00:00Z", "--availability", "yes", "--confidentiality",
              "unknown", "--integrity", "unknown", "--cause", "ransomware")
    house.run("incident", "open", "--recipient", "pellwick", "--happened", "2018-07-02..2018-07-03", *opened, now="2018-07-04T09:00:00Z").exits(0)
    house.run("incident", "open", "--recipient", "self", "--happened", "2018-07-02..2018-07-03", *opened, now="2018-07-04T09:00:00Z").exits(0)
    house.run("incident", "open", "--recipient", "self", "--happened", "2018-12-01..2018-12-02", *opened[4:], "--company-aware",
              "2018-12-03T09:00:00Z", "--aware", "2018-12-03T10:00:00Z", now="2018-12-04T09:00:00Z").exits(0)

    def scopes(now):
        return [(house.run("incident", "scope", i, "--json", now=now).exits(0).json()["fields"],
                 house.run("incident", "scope", i, "--people", now=now).exits(0).out) for i in ("I1", "I2")]
    before = scopes("2018-07-05T09:00:00Z")
    took(house, KOLUN.replace("kolun@members.example", "") + NEW_ADA, "2018-07-06T09:00:00Z")
    took(house, KOLUN.replace("kolun@members.example", "") + NEW_ADA, LATER)
    equal(scopes(LATER), before, "scopes of then")
    # In December our system had no address of Kolun's any more, nor a trace of it beside the fingerprint.
    lines = house.run("incident", "scope", "I3", "--people", now="2018-12-04T10:00:00Z").exits(0).out
    expect(re.search(r"^1\t.*email", lines, re.M) and not re.search(r"^2\t.*email", lines, re.M), lines)
    is_whole(house)


def killed_before_or_after_its_commit_the_same_import_ends_alike(house):
    changed(house)
    equal(took(house, NEW_ADA + KOLUN, LATER, crash="import-before-commit").code, KILLED, "before")
    expect("ada@old.example" in all_that_opens(house), "half of it was done")
    equal(took(house, NEW_ADA + KOLUN, LATER, crash="committed").code, KILLED, "after")
    expect("old.example" not in all_that_opens(house), "it is there")
    equal(took(house, NEW_ADA + KOLUN, LATER)["forgotten"], 0, "again")
    is_whole(house)


def a_clock_that_is_put_back_forgets_nothing_anew(house):
    changed(house)
    took(house, NEW_ADA + KOLUN, LATER)
    equal(took(house, ADA.replace("old", "older") + KOLUN, START)["forgotten"], 0, "back at the start")
    expect("ada@new.example" in all_that_opens(house), "it went with the clock put back")
    is_whole(house)
    equal(took(house, ADA.replace("old", "older") + KOLUN, LATER)["forgotten"], 2, "when that was 90 days ago")
    is_whole(house)


run_all([
    before_90_days_a_past_value_is_kept_and_after_them_nowhere,
    an_import_of_others_and_of_another_source_forgets_too,
    who_is_gone_from_the_file_is_not_forgotten_about,
    a_dry_run_and_a_refused_file_forget_nothing,
    a_value_that_another_source_has_still_stays_hers,
    a_value_that_comes_back_is_present_again,
    she_is_found_by_what_is_no_longer_kept,
    what_can_not_be_told_any_more_includes_her,
    a_system_takes_nobody_in_for_a_name_that_she_never_had,
    an_objection_that_ended_stays_on_record_and_its_word_does_not,
    of_a_field_held_as_presence_only_the_same_stays,
    a_birth_date_that_is_no_longer_said_is_in_no_fact_either,
    somebody_known_only_from_a_file_is_nothing_special,
    a_scope_stays_as_it_was,
    killed_before_or_after_its_commit_the_same_import_ends_alike,
    a_clock_that_is_put_back_forgets_nothing_anew,
])
