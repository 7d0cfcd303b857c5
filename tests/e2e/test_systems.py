"""Systems that a company runs for us: who comes into them as time passes, how they end, and whether their deletion is believed."""
import os
import subprocess

from tap import MEMBERS, NOW, equal, expect, run_all

CHECK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "check-datadir")

ROWS = """Contact ID,First Name,Last Name,Membership Start Date,Membership Expiration Date,Membership Status
1,Mavo,Testril,2010-01-01,2018-02-13,Current
2,Kolun,Vonore,2011-01-01,2017-12-31,Current
2,Kolun,Vonore,2018-02-15,2019-02-14,Current
3,Tobri,Vonore,2012-01-01,2019-05-01,Current
"""


def at(day):
    return day + "T12:00:00Z"


def system(house, select, day="2018-01-20", since="2018-01-20"):
    return house.run("handover", "record", "--to", "pellwick", "--purpose", "membership", "--system", "--from", since, "--select", select,
                     "--fields", "first_name", "--approved-by", "the board", "--json", now=at(day)).exits(0).json()


def installed(house):
    house.init(now=at("2018-01-05")).exits(0)
    house.write("m.csv", ROWS.replace("2017-12-31,Current", "2017-12-31,Expired"))
    house.run("import", "m.csv", "--source", "crm", "--full", now=at("2018-01-10")).exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "membership",
              "--fields", "first_name", "--contract", "2017-01-01", now=at("2018-01-10")).exits(0)


def breach(house, day, happened):
    return house.run("incident", "open", "--recipient", "pellwick", "--aware", at(day), "--happened", happened, "--json", now=at(day)).exits(0).json()


def scope(house, day, *more):
    return house.run("incident", "scope", "I1", "--json", *more, now=at(day)).exits(0).json()


def people_of(house, handover, day):
    return house.run("handover", "show", handover, "--json", now=at(day)).exits(0).json()["people"]


def status_that_changes_by_date_alone_brings_her_into_it(house):
    installed(house)
    equal(system(house, 'status = "former"')["people"], 1, "at the beginning")
    equal(breach(house, "2018-02-01", "2018-01-25..ongoing")["held"], 1, "held before she left")
    house.run("incident", "scope", "I1", "--what-if", "from=2018-01-24", now=at("2018-03-20")).exits(0)
    equal(people_of(house, "H1", "2018-03-20"), 1, "what-if changes nothing")
    listed = house.run("incident", "scope", "I1", "--people", now=at("2018-03-20")).exits(0).out
    equal(listed, "1\tfirst_name,membership\n2\tfirst_name,membership\n", "who is affected")
    equal(people_of(house, "H1", "2018-03-20"), 2, "kept")
    house.run("fsck", now=at("2018-03-20")).exits(0)


def a_breach_opened_later_holds_her(house):
    installed(house)
    system(house, 'status = "former"')
    equal(breach(house, "2018-03-20", "2018-03-01..ongoing")["held"], 2, "held")


def what_came_in_is_kept_also_where_the_answer_is_the_same(house):
    installed(house)
    system(house, 'status = "former"')
    equal(system(house, 'status in ("member","former")')["people"], 3, "all")
    breach(house, "2018-02-01", "2018-01-25..ongoing")
    first = scope(house, "2018-02-01")
    again = scope(house, "2018-03-20")
    equal([first[k] for k in ("affected", "members", "former", "version")], [3, 2, 1, 1], "before")
    equal([again[k] for k in ("affected", "members", "former", "version")], [3, 2, 1, 1], "after: one left, one came back")
    equal(people_of(house, "H1", "2018-03-20"), 2, "formers")
    house.run("fsck", now=at("2018-03-20")).exits(0)


def one_id_in_two_sources_is_told_apart(house):
    """The hall's 1 and the desk's 1 are two people: lists for other programs name the source."""
    house.init().exits(0)
    for source, first in (("hall", "Mavo"), ("desk", "Pelin")):
        house.write(source + ".csv", MEMBERS + "1,%s,Testril,%s@members.example,QA1 0AA,2015-01-01,,Current\n" % (first, first.lower()))
        house.run("import", source + ".csv", "--source", source, now=NOW).exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--contract", "2017-05-01",
              "--purpose", "ballot", "--fields", "first_name,email", now=NOW).exits(0)
    house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-05-01", "--rule", 'status = "member"',
              "--fields", "first_name", "--approved-by", "Returning officer", now=NOW).exits(0)
    house.run("incident", "open", "--recipient", "pellwick", "--aware", NOW, now=NOW).exits(0)
    people = house.run("incident", "scope", "I1", "--people", "--json", now=NOW).exits(0).json()["people"]
    equal(sorted((p["id"], p["source"]) for p in people), [("1", "desk"), ("1", "hall")], "people")
    rows = house.run("incident", "scope", "I1", "--people-csv", now=NOW).exits(0).out.splitlines()
    equal((rows[0], sorted(r.rsplit(",", 1)[1] for r in rows[1:])), ("id,details,source", ["desk", "hall"]), "CSV")


def a_system_is_ended_and_its_deletion_believed_or_not(house):
    installed(house)
    system(house, 'status = "former"')
    certify = ("handover", "certify", "H1", "--deleted", "2018-04-15", "--backups")
    house.run(*certify, now=at("2018-05-01")).exits(1)  # it runs still
    house.run("handover", "edit", "H1", "--until", "2018-01-01", now=at("2018-04-02")).exits(1)
    for _ in range(2):
        ended = house.run("handover", "edit", "H1", "--until", "2018-03-31", "--json", now=at("2018-04-02")).exits(0).json()
        equal([ended["sent"], ended["people"]], ["2018-01-20 to 2018-03-31", 2], "ended")
    house.run("handover", "edit", "H1", "--until", "2018-03-30", now=at("2018-04-02")).exits(1)
    equal(house.run(*certify, "--json", now=at("2018-05-01")).exits(0).json()["believed"], True, "believed")
    breach(house, "2018-06-10", "2018-06-01..2018-06-05")
    equal(scope(house, "2018-06-10")["affected"], 0, "deleted before")
    for option, believed, affected in (("--disbelieve", False, 2), ("--disbelieve", False, 2), ("--believe", True, 0)):
        said = house.run("handover", "certify", option, "C1", "--json", now=at("2018-06-11")).exits(0).json()
        equal([said["certificate"], said["believed"]], ["C1", believed], option)
        equal(scope(house, "2018-06-11")["affected"], affected, "affected after " + option)
    expect("C9" in house.run("handover", "certify", "--believe", "C9", now=at("2018-06-11")).exits(1).err, "which certificate")
    house.run("handover", "certify", "--believe", "C1", "--deleted", "2018-04-15", now=at("2018-06-11")).exits(2)
    house.run("handover", "certify", "H1", now=at("2018-06-11")).exits(2)
    house.run("fsck", now=at("2018-06-11")).exits(0)
    house.run("log", "verify", now=at("2018-06-11")).exits(0)


def sound(house, day):
    house.run("fsck", now=at(day)).exits(0)
    said = subprocess.run(["/usr/bin/python3", "-B", CHECK, house.path("d"), "--check"], capture_output=True, check=False, timeout=300)
    equal(said.stdout, b"no fault\n", "check-datadir")


def members(house, day, *rows):
    house.write("more.csv", ROWS.splitlines()[0] + "\n" + "\n".join(rows) + "\n")
    house.run("import", "more.csv", "--source", "crm", "--part", now=at(day)).exits(0)


def each_counts_by_whether_she_was_in_it_since_it_was_recorded(house):
    installed(house)
    got = system(house, 'status = "member"', "2018-03-01")
    equal([got["people"], got["exact"], got["evidence"]], [3, 2, "rebuilt"], "one left before it was recorded")
    expect("exact for 2, rebuilt for 1" in house.run("handover", "show", "H1", now=at("2018-03-01")).exits(0).out, "shown")
    breach(house, "2018-03-02", "2018-02-01..ongoing")
    equal(scope(house, "2018-03-02")["evidence"], {"exact": 2, "listed": 0, "rebuilt": 1}, "evidence")
    members(house, "2018-03-10", "1,Mavo,Testril,2018-03-05,2019-05-01,Current", "4,Sarn,Ilvane,2018-03-05,2019-05-01,Current")
    equal(scope(house, "2018-03-11")["evidence"], {"exact": 4, "listed": 0, "rebuilt": 0}, "back again, and a new one")
    expect("exact for 4, rebuilt for 0" in house.run("handover", "show", "H1", now=at("2018-03-11")).exits(0).out, "shown later")
    equal(system(house, 'status = "former"', "2018-03-11", "2018-03-11")["evidence"], "exact", "recorded on the day on which it begins")
    sound(house, "2018-03-11")


def what_an_import_rewrites_hides_nobody(house):
    installed(house)
    system(house, 'status = "former"')
    members(house, "2018-03-01", "1,Mavo,Testril,2010-01-01,2019-12-31,Current")  # she was a former member from 14 February on
    equal(people_of(house, "H1", "2018-03-01"), 2, "taken in before her periods were written anew")
    breach(house, "2018-03-02", "2018-02-20..2018-02-25")
    equal(scope(house, "2018-03-02")["affected"], 2, "affected")
    sound(house, "2018-03-02")


def nor_where_the_system_has_ended_meanwhile(house):
    installed(house)
    ended = ("handover", "record", "--to", "pellwick", "--purpose", "membership", "--system", "--from", "2018-01-20", "--until", "2018-02-20", "--select",
             'status = "former"', "--fields", "first_name", "--approved-by", "the board")
    house.run(*ended, now=at("2018-01-20")).exits(0)
    members(house, "2018-03-01", "1,Mavo,Testril,2010-01-01,2019-12-31,Current")  # she was a former member from 14 February on
    equal(people_of(house, "H1", "2018-03-01"), 2, "taken in before her periods were written anew")
    breach(house, "2018-03-02", "2018-02-15..2018-02-25")
    equal(scope(house, "2018-03-02")["affected"], 2, "affected")
    sound(house, "2018-03-02")


run_all([
    nor_where_the_system_has_ended_meanwhile,
    each_counts_by_whether_she_was_in_it_since_it_was_recorded,
    what_an_import_rewrites_hides_nobody,
    status_that_changes_by_date_alone_brings_her_into_it,
    a_breach_opened_later_holds_her,
    what_came_in_is_kept_also_where_the_answer_is_the_same,
    one_id_in_two_sources_is_told_apart,
    a_system_is_ended_and_its_deletion_believed_or_not,
])
