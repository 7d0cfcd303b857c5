"""What people agreed to, withdrew and object to: by word and by import, and who is in the next file."""
import csv

from tap import MEMBERS, equal, expect, run_all

START = "2018-01-02T12:00:00Z"
SAID = "2018-03-01T12:00:00Z"


def started(house, count):
    house.init("--timezone", "UTC", now="2018-01-01T00:00:00Z").exits(0)
    house.write("m.csv", MEMBERS + "".join("%d,N%d,L%d,m%d@members.example,,2015-01-01,,Current\n" % (n, n, n, n) for n in range(1, count + 1)))
    house.run("import", "m.csv", "--source", "crm", "--full", now=START).exits(0)
    recipients(house)


def recipients(house):
    for name in ("pellwick", "farbank"):
        house.run("recipient", "add", "--id", name, "--name", name, "--class", "processor", "--contract", "2017-01-01", "--purpose",
                  "newsletter", "--fields", "first_name", now=START).exits(0)


def given(house, to, day="2018-06-01"):
    """First names in a newsletter's file."""
    house.given = getattr(house, "given", 0) + 1
    out = house.path("out%d.csv" % house.given)
    made = house.run("handover", "create", "--to", to, "--purpose", "newsletter", "--fields", "first_name", "--out", out, "--plain",
                     "--approved-by", "office", "--json", now=day + "T12:00:00Z")
    if made.code:
        return []
    with open(out, encoding="utf-8-sig", newline="") as file:
        return sorted(row[0] for row in list(csv.reader(file))[1:])


def said(house, what, person, *more, now=SAID):
    return house.run(*what.split(), person, "--purpose", "newsletter", *more, "--json", now=now).exits(0).json()["changed"]


def a_withdrawal_counts_whatever_was_agreed_to_before(house):
    started(house, 6)
    for_p = ("--recipient", "pellwick")
    said(house, "consent give", "1")
    equal(said(house, "consent withdraw", "1", *for_p), True, "for all, withdrawn for one")
    said(house, "consent give", "2", *for_p)
    equal(said(house, "consent withdraw", "2"), True, "for one, withdrawn for all")
    said(house, "consent give", "3", "--when", "2018-01-01")
    said(house, "consent withdraw", "3", "--when", "2018-02-01")
    late = house.run("consent", "give", "3", "--purpose", "newsletter", "--when", "2018-01-15", now=SAID).exits(0)
    expect("withdrawn since" in late.out or "already" in late.out, late.out)
    equal(said(house, "consent withdraw", "4"), True, "before anything is recorded")
    said(house, "consent give", "4", "--when", "2018-02-01")
    equal(said(house, "consent withdraw", "5"), True, "and then she agrees, in the same second")
    equal(said(house, "consent give", "5"), True, "anew")
    said(house, "consent give", "6", *for_p)
    misspelt = house.run("consent", "give", "6", "--purpose", "newsletter", "--recipient", "pelwick", now=SAID).exits(1).err
    expect("pellwick" in misspelt, misspelt)
    equal(given(house, "pellwick"), ["N5", "N6"], "to one")
    equal(given(house, "farbank"), ["N1", "N5"], "to the other")
    listed = house.run("consent", "list", "1", "--json", now=SAID).exits(0).json()
    equal([(w["recipient"], w["until"]) for w in listed["withdrawals"]], [("pellwick", "")], "listed")
    equal(listed["consents"][0]["until"], "", "it holds for all others")
    expect(house.run("consent", "list", "2", "--json", now=SAID).json()["consents"][0]["until"], "withdrawn for all")
    expect("withdrawn" in house.run("consent", "list", "4", now=SAID).exits(0).out, "not shown")
    said(house, "objection add", "1", *for_p)
    shown = house.run("person", "show", "1", "--json", now=SAID).exits(0).json()
    equal([len(shown[key]) for key in ("consents", "withdrawals", "objections")], [1, 1, 1], "person show")
    words = house.run("person", "show", "1", now=SAID).exits(0).out
    expect(all(word in words for word in ("agreed", "withdrawn", "objects")), words)


def saying_it_again_changes_nothing_though_the_clock_went_back(house):
    started(house, 1)
    before = "2018-03-01T11:59:59Z"
    for what in ("consent give", "consent withdraw", "consent give", "consent withdraw"):
        equal([said(house, what, "1", now=t) for t in (SAID, before, SAID)], [True, False, False], what)
    equal([said(house, "consent withdraw", "1", "--when", "2018-02-10", now=t) for t in (SAID, before)], [True, False], "on another day")
    equal([said(house, "consent withdraw", "1", "--when", "2018-03-01", now=t) for t in (SAID, before)], [False, False], "on the same day")
    for what in ("objection add", "objection withdraw"):
        equal([said(house, what, "1", now=t) for t in (SAID, before, SAID)], [True, False, False], what)


def an_objection_ends_for_whom_it_was_said(house):
    started(house, 1)
    said(house, "consent give", "1")
    said(house, "objection add", "1", "--recipient", "pellwick")
    equal((given(house, "pellwick"), given(house, "farbank")), ([], ["N1"]), "to one")
    equal(said(house, "objection withdraw", "1"), True, "for all ends the one for one")
    equal(given(house, "pellwick"), ["N1"], "it ended")
    said(house, "objection add", "1")
    refused = house.run("objection", "withdraw", "1", "--purpose", "newsletter", "--recipient", "pellwick", now=SAID).exits(1)
    expect("without --recipient" in refused.err, refused.err)
    equal(given(house, "pellwick"), [], "it stands")
    none = house.run("objection", "withdraw", "1", "--purpose", "fundraising", now=SAID).exits(0)
    expect("No such objection" in none.out, none.out)


MAP = "No = member_number\nFN = first_name\nSt = status\nNews = consent newsletter\nNoMail = objection newsletter\n"


def taken(house, rows, day, *more):
    house.write("hall.map", MAP)
    house.write("hall.csv", "No,FN,St,News,NoMail\n" + "".join(row + "\n" for row in rows))
    house.run("import", "hall.csv", "--source", "hall", "--map", "hall.map", "--full", *more, now=day + "T12:00:00Z").exits(0)


def an_unchanged_export_says_nothing_new(house):
    house.init("--timezone", "UTC", now="2018-01-01T00:00:00Z").exits(0)
    recipients(house)
    rows = ["1,N1,Current,yes,", "2,N2,Current,yes,", "3,N3,Current,yes,yes"]
    taken(house, rows, "2018-01-02")
    equal(given(house, "pellwick", "2018-01-03"), ["N1", "N2"], "as the file says")
    said(house, "consent withdraw", "1", "--how", "phone", now="2018-02-01T12:00:00Z")
    said(house, "objection withdraw", "3", now="2018-02-01T12:00:00Z")
    equal(given(house, "pellwick", "2018-02-02"), ["N2", "N3"], "withdrawn")
    taken(house, rows, "2018-03-01")
    equal(given(house, "pellwick", "2018-03-02"), ["N2", "N3"], "the same file again")
    taken(house, [row.replace("N1,", "Nn,") for row in rows], "2018-03-03")
    equal(given(house, "pellwick", "2018-03-03"), ["N2", "N3"], "another cell changed")
    fewer = ["1,N1,Current,,", rows[1], "3,N3,Current,yes,"]
    taken(house, fewer, "2018-03-04")
    said(house, "consent withdraw", "1", "--how", "phone", now="2018-03-08T12:00:00Z")
    taken(house, rows, "2018-03-09", "--exported", "2018-03-07")
    equal(given(house, "pellwick", "2018-03-09"), ["N2"], "exported before it was withdrawn; the objection is new")
    taken(house, fewer, "2018-03-10")
    taken(house, rows[:2] + [fewer[2]], "2018-03-11")
    equal(given(house, "pellwick", "2018-03-11"), ["N1", "N2", "N3"], "said anew")


run_all([
    a_withdrawal_counts_whatever_was_agreed_to_before,
    saying_it_again_changes_nothing_though_the_clock_went_back,
    an_objection_ends_for_whom_it_was_said,
    an_unchanged_export_says_nothing_new,
])
