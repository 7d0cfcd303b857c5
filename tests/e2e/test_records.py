"""Several records of one person: found, said to be one, counted once, and taken apart again."""
import csv
import subprocess

from tap import KILLED, MEMBERS, equal, expect, run_all

LATER = "2018-06-16T09:00:00Z"
# 1 and 2 are Mavo twice; 3 lives at her address; 4 and 5 share an address and a name, 6 nothing.
CRM = MEMBERS + """1,Mavo,Testril,mavo@members.example,QA1 0AA,2010-01-01,2014-01-01,Expired
2,Mavo,Testril,mavo.t@work.example,QA1 0AA,2015-01-01,2019-01-01,Current
3,Kolun,Vonore,mavo@members.example,QB1 0AA,2010-01-01,2019-01-01,Current
4,Tobri,Sarn,tobri@members.example,QC1 0AA,2016-05-01,2019-05-01,Current
5,Lesk,Sarn,lesk@members.example,qc10aa,2016-05-01,2019-05-01,Current
6,Ovin,Drell,ovin@members.example,QD1 0AA,,,
"""


def start(house):
    house.init().exits(0)
    house.write("crm.csv", CRM)
    house.run("import", "crm.csv", "--source", "crm", "--full", now="2018-06-15T08:00:00Z").exits(0)


def counted(house):
    return house.run("person", "count", "--json", now=LATER).exits(0).json()


def possible_duplicates_are_listed_with_the_reason(house):
    start(house)
    got = house.run("person", "duplicates", "--json", now=LATER).exits(0).json()
    groups = [(g["why"], g["likely"], [p["id"] for p in g["people"]]) for g in got["groups"]]
    equal(groups, [("same postcode and family name", True, ["1", "2"]), ("same e-mail address", False, ["1", "3"]),
                   ("same postcode and family name", False, ["4", "5"])], "groups")
    equal(got["count"], 3, "their number")
    shown = house.run("person", "duplicates", "--limit", "1", now=LATER).exits(0)
    expect("same postcode and family name" in shown.out and "2 groups are not shown" in shown.err, shown.out + shown.err)
    house.run("person", "merge", "1", "2", now=LATER).exits(0)
    groups = house.run("person", "duplicates", "--json", now=LATER).exits(0).json()["groups"]
    equal([[p["id"] for p in g["people"]] for g in groups], [["1", "3"], ["4", "5"]], "after a merge")


def two_records_count_as_one_person_until_taken_apart(house):
    start(house)
    before = counted(house)
    equal((before["people"], before["status"]["member"], before["status"]["former"]), (6, 4, 1), "before")
    said = house.run("person", "merge", "2", "1", "--json", now=LATER).exits(0).json()
    equal((said["changed"], [r["id"] for r in said["records"]]), (True, ["1", "2"]), "merge")
    equal(house.run("person", "merge", "crm:1", "crm:2", "--json", now=LATER).exits(0).json()["changed"], False, "again")
    house.run("person", "merge", "1", "1", now=LATER).exits(1)
    now = counted(house)
    equal((now["people"], now["status"]["member"], now["status"]["former"]), (5, 4, 0), "a member by one record is a member")
    shown = house.run("person", "show", "1", "--json", now=LATER).exits(0).json()
    equal((shown["status"], shown["id"], [r["id"] for r in shown["other_records"]]), ("member", "1", ["2"]), "show")
    found = house.run("person", "find", "testril", "--json", now=LATER).exits(0).json()["people"]
    equal([(p["id"], p["person"] == found[0]["number"]) for p in found], [("1", True), ("2", True)], "find")
    equal(house.run("person", "show", "testril", "--json", now=LATER).exits(0).json()["id"], "1", "her name is no longer in doubt")
    listed = house.run("person", "list", "--select", 'status = "member"', "--fields", "email", "--json", now=LATER).exits(0).json()["people"]
    equal(len(listed), 4, "list")
    entries = [e["entry"] for e in house.run("log", "show", "--json").exits(0).json()["entries"]]
    equal([sorted(set(e) - {"time"}) for e in entries if e["kind"] == "merge"], [["action", "kind"]], "the log tells that, and nothing of whom")
    said = house.run("person", "unmerge", "2", "--json", now=LATER).exits(0).json()
    equal((said["changed"], [r["id"] for r in said["records"]]), (True, ["2"]), "unmerge")
    equal(house.run("person", "unmerge", "1", "--json", now=LATER).exits(0).json()["changed"], False, "nothing is left to take apart")
    equal(counted(house), before, "as before")


def three_records_and_one_taken_out(house):
    start(house)
    for pair in (("1", "2"), ("4", "5"), ("5", "1")):
        house.run("person", "merge", *pair, now=LATER).exits(0)
    equal(counted(house)["people"], 3, "four records are one person")
    house.run("person", "unmerge", "4", now=LATER).exits(0)
    equal(counted(house)["people"], 4, "one taken out")
    equal([r["id"] for r in house.run("person", "show", "5", "--json", now=LATER).json()["other_records"]], ["1", "2"], "the others stay together")
    equal(house.run("person", "show", "4", "--json", now=LATER).json()["other_records"], [], "it alone")


def rows_find_their_record_and_no_third_is_made(house):
    start(house)
    house.run("person", "merge", "1", "2", now=LATER).exits(0)
    house.write("crm2.csv", CRM.replace("mavo.t@work", "mavo.n@work"))
    again = house.run("import", "crm2.csv", "--source", "crm", "--full", "--json", now="2018-06-17T08:00:00Z").exits(0).json()
    equal([again[k] for k in ("added", "updated", "unchanged", "gone")], [0, 1, 5, 0], "the same source again")
    equal(counted(house)["people"], 5, "still one")
    house.write("desk.csv", "Member No,First Name,Last Name,Postal Code\nD1,Mavo,Testril,QA1 0AA\n")
    house.write("desk.map", "Member No = id member_no\n")
    desk = house.run("import", "desk.csv", "--source", "desk", "--map", "desk.map", "--json", now="2018-06-18T08:00:00Z").exits(0).json()
    equal((desk["added"], desk["updated"], desk["possible_duplicates"]), (0, 1, 0), "another source, without the ids")


def what_one_record_says_holds_for_both(house):
    start(house)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "ballot,newsletter",
              "--contract", "2017-05-01", "--fields", "first_name,email", now=LATER).exits(0)
    for name in ("1", "2", "3"):
        house.run("consent", "give", name, "--purpose", "newsletter", "--when", "2018-01-01", now=LATER).exits(0)
    house.run("person", "merge", "1", "2", now=LATER).exits(0)

    def letters(out):
        answer = house.run("handover", "create", "--to", "pellwick", "--purpose", "newsletter", "--fields", "email", "--select", 'status = "member"', "--out",
                           house.path(out), "--plain", "--approved-by", "office", "--json", now="2018-06-20T08:00:00Z").exits(0).json()
        with open(house.path(out), encoding="utf-8-sig", newline="") as file:
            return answer["left_out"], sorted(row[0] for row in list(csv.reader(file))[1:])
    equal(letters("one.csv")[1], ["mavo.t@work.example", "mavo@members.example"], "a row a person: Mavo, and Kolun with her old address")
    house.run("consent", "withdraw", "1", "--purpose", "newsletter", now="2018-06-19T08:00:00Z").exits(0)
    left_out, rows = letters("two.csv")
    equal(rows, ["mavo@members.example"], "withdrawn on one record is withdrawn")
    house.run("consent", "give", "2", "--purpose", "newsletter", now="2018-06-19T09:00:00Z").exits(0)
    house.run("objection", "add", "1", "--purpose", "newsletter", now="2018-06-19T10:00:00Z").exits(0)
    left_out, rows = letters("three.csv")
    equal((rows, left_out["objected"]), (["mavo@members.example"], 1), "an objection on the other")
    equal(len(house.run("objection", "list", "2", "--json", now=LATER).json()["objections"]), 1, "it is shown with both")
    house.run("objection", "withdraw", "2", "--purpose", "newsletter", now="2018-06-19T11:00:00Z").exits(0)
    equal(len(letters("four.csv")[1]), 2, "and ends for both")


def a_breach_counts_her_once_and_holds_stay_with_each(house):
    start(house)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "ballot", now=LATER).exits(0)
    for name, ids in (("a.csv", "1\n3\n"), ("b.csv", "2\n")):
        house.write(name, "Contact ID\n" + ids)
        house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-03-02", "--file", name, "--source", "crm", "--approved-by",
                  "office", now=LATER).exits(0)
    house.run("person", "merge", "1", "2", now=LATER).exits(0)
    opened = house.run("incident", "open", "--recipient", "pellwick", "--happened", "2018-06-01..2018-06-10", "--aware", LATER, "--json",
                       now="2018-06-17T09:00:00Z").exits(0).json()
    equal(opened["held"], 2, "held")
    got = house.run("incident", "scope", "I1", "--json", now="2018-06-17T10:00:00Z").exits(0).json()
    equal((got["affected"], got["members"], got["former"]), (2, 2, 0), "affected")
    equal(sorted(house.run("incident", "scope", "I1", "--people", now="2018-06-17T10:00:00Z").exits(0).out.split()), ["1", "3", "contact_id", "contact_id"],
          "people")
    evidence = house.run("evidence", "2", "--json", now="2018-06-17T10:00:00Z").exits(0).json()["evidence"]["sets"]
    equal(sorted((s["kind"], s["id"]) for s in evidence), [("handover", "H1"), ("handover", "H2"), ("scope", "I1")], "what she can show")
    house.run("person", "unmerge", "2", now="2018-06-18T09:00:00Z").exits(0)
    for name in ("1", "2"):
        equal(house.run("person", "show", name, "--json", now="2018-06-18T10:00:00Z").json()["held"], True, "held: " + name)
    got = house.run("incident", "scope", "I1", "--json", now="2018-06-18T11:00:00Z").exits(0).json()
    equal((got["affected"], got["members"], got["former"]), (3, 2, 1), "taken apart, both are affected")
    house.run("fsck", now="2018-06-18T12:00:00Z").exits(0)


def who_was_held_under_another_record_is_not_held_anew(house):
    start(house)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "ballot", now=LATER).exits(0)
    given(house, "b.csv", "Contact ID\n2\n")
    house.run("incident", "open", "--recipient", "pellwick", "--happened", "2018-06-01..2018-06-10", "--aware", LATER, now="2018-06-17T09:00:00Z").exits(0)
    house.run("person", "merge", "2", "1", now="2018-06-17T10:00:00Z").exits(0)
    equal(house.run("incident", "scope", "I1", "--json", now="2018-06-17T11:00:00Z").exits(0).json()["held"], 0, "held before, by her other record")
    house.run("person", "unmerge", "1", now="2018-06-18T09:00:00Z").exits(0)
    equal([house.run("person", "show", name, "--json", now="2018-06-18T10:00:00Z").json()["held"] for name in ("1", "2", "3")], [True, True, False], "held")


def killed_and_at_once(house):
    start(house)
    equal(house.run("person", "merge", "1", "2", now=LATER, crash="committed").code, KILLED, "killed")
    equal(house.run("person", "merge", "1", "2", "--json", now=LATER).exits(0).json()["changed"], False, "it had been done")
    running = [subprocess.Popen([house.program, "-C", house.dir, "person", "merge", *pair, "--now", LATER], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for pair in (("1", "3"), ("3", "2"), ("4", "5"), ("5", "1"), ("2", "4"))]
    for process in running:
        err = process.communicate(timeout=60)[1]
        equal(process.returncode, 0, err.decode())
    equal(counted(house)["people"], 2, "all are one")
    equal(len(house.run("person", "show", "1", "--json", now=LATER).json()["other_records"]), 4, "records")
    verdict = house.run("log", "verify", "--json").exits(0).json()
    equal((verdict["faults"], verdict["unpublished"]), (0, 0), "the log")
    house.run("fsck", now=LATER).exits(0)


if __name__ == "__main__":
    BOTH = "Contact ID,External Identifier,First Name,Last Name,Email,Membership Start Date,Membership Status\n"


def given(house, name, text):
    house.write(name, text)
    return house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-03-02", "--file", name, "--source", "crm",
                     "--approved-by", "office", "--json", now=LATER).exits(0).json()


def two_old_files_with_other_ids_are_no_two_people(house):
    house.init().exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "ballot", now=LATER).exits(0)
    house.write("first.csv", BOTH + "7,X7,Ovin,Drell,ovin@members.example,2015-01-01,Current\n")
    full = ("import", "first.csv", "--source", "crm", "--full", "--json")
    house.run(*full, now="2018-06-15T08:00:00Z").exits(0)
    given(house, "one.csv", "Contact ID,First Name\n1,Mavo\n2,Kolun\n3,Tobri\n")
    given(house, "two.csv", "External Identifier,Last Name\nX1,Testril\nX2,Vonore\nX3,Sarn\nX8,Lesk\n")
    equal(counted(house)["people"], 8, "before")
    sent = given(house, "three.csv", "Contact ID,External Identifier\n3,X3\n3,X3\n7,X8\n")
    equal((sent["people"], sent["ambiguous"], sent["file_only"]), (2, 0, 1), "a file with both, one of them in the register")
    equal(counted(house)["people"], 6, "two were one")
    house.write("first.csv", BOTH + "7,X7,Ovin,Drell,ovin@members.example,2015-01-01,Current\n"
                "1,X1,Mavo,Testril,mavo@members.example,2015-01-01,Current\n2,X2,Kolun,Vonore,kolun@members.example,2015-01-01,Current\n")
    for updated in (2, 0, 0):
        got = house.run(*full, now=LATER).exits(0).json()
        equal((got["added"], got["updated"], got["gone"]), (0, updated, 0), "the register with both")
    after = counted(house)
    equal((after["people"], after["status"]["member"], after["status"]["file-only"]), (4, 3, 1), "after")
    house.run("person", "show", "crm:X1", now=LATER).exits(0)
    house.write("first.csv", BOTH + "7,X2,Ovin,Drell,ovin@members.example,2015-01-01,Current\n")
    refused = house.run(*full, "--accept-gone", now=LATER).exits(1)
    expect("2 different people" in refused.err, refused.err)
    house.run("fsck", now=LATER).exits(0)


run_all([
        possible_duplicates_are_listed_with_the_reason,
        two_records_count_as_one_person_until_taken_apart,
        three_records_and_one_taken_out,
        rows_find_their_record_and_no_third_is_made,
        what_one_record_says_holds_for_both,
        a_breach_counts_her_once_and_holds_stay_with_each,
        who_was_held_under_another_record_is_not_held_anew,
        killed_and_at_once,
        two_old_files_with_other_ids_are_no_two_people,
])
