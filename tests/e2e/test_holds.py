"""Nobody is erased before being told: whoever may be hit by an open breach is under its hold, whenever that is recorded."""
from tap import equal, expect, run_all

HEADER = "Contact ID,First Name,Last Name,Email,Membership Start Date,Membership Status\n"
ROWS = HEADER + "1,Mavo,Testril,mavo@people.example,2010-01-01,Current\n2,Kolun,Vonore,kolun@people.example,2011-01-01,Expired\n3,Tobri,Vonore,tobri@people.example,2012-01-01,Current\n"


def at(day, hour=12):
    return "%sT%02d:00:00Z" % (day, hour)


def house_of(house, recipient="pellwick"):
    house.init(now=at("2018-01-05")).exits(0)
    house.write("m.csv", ROWS)
    house.run("import", "m.csv", "--source", "crm", "--full", now=at("2018-01-10")).exits(0)
    for company in ("pellwick", "farbank"):
        house.run("recipient", "add", "--id", company, "--name", company.title(), "--class", "processor", "--purpose", "membership", "--fields",
                  "first_name,email", "--contract", "2017-01-01", now=at("2018-01-10")).exits(0)
    opened = house.run("incident", "open", "--recipient", recipient, "--aware", at("2018-06-10", 9), "--happened", "2018-06-01..ongoing", "--json",
                       now=at("2018-06-10", 10)).exits(0).json()
    equal(opened["held"], 3 if recipient == "self" else 0, "held at the opening")


def record(house, *what, to="pellwick", day="2018-06-11"):
    return house.run("handover", "record", "--to", to, "--purpose", "membership", *what, "--approved-by", "the board", "--json", now=at(day)).exits(0).json()


def rule(house, select, **more):
    return record(house, "--date", "2018-02-01", "--rule", select, "--fields", "first_name", **more)


def held(house, *people, day="2018-07-20"):
    return [house.run("person", "show", p, "--json", now=at(day)).exits(0).json()["held"] for p in people]


def what_is_recorded_after_the_opening_is_held(house):
    house_of(house)
    equal(rule(house, 'status = "member"')["held"], 2, "by the rule")
    equal(held(house, "crm:1", "crm:2", "crm:3"), [True, False, True], "the rule's")
    house.write("sent.csv", "Contact ID,First Name\n2,Kolun\n3,Tobri\n77,Zedra\n")
    got = record(house, "--date", "2018-01-20", "--file", "sent.csv", "--source", "crm")
    equal([got["held"], got["file_only"]], [2, 1], "those new in it, and who is known from the file only")
    equal(held(house, "crm:2", "crm:77"), [True, True], "the file's")
    again = house.run("handover", "record", "--to", "pellwick", "--purpose", "membership", "--date", "2018-01-21", "--file", "sent.csv", "--source", "crm",
                      "--approved-by", "the board", now=at("2018-06-12")).exits(0)
    expect("kept from erasure" not in again.out, "nobody more")
    house.run("log", "verify").exits(0)
    house.run("fsck", now=at("2018-06-13")).exits(0)


def it_is_said_in_words(house):
    house_of(house)
    said = house.run("handover", "record", "--to", "pellwick", "--purpose", "membership", "--date", "2018-02-01", "--rule", 'status = "former"', "--fields",
                     "first_name", "--approved-by", "the board", now=at("2018-06-11")).exits(0).out
    expect("1 more person whom an open breach may concern is kept from erasure" in said, "said: %r" % said)


def what_is_made_after_the_opening_is_held(house):
    house_of(house)
    got = house.run("handover", "create", "--to", "pellwick", "--purpose", "membership", "--fields", "first_name", "--select", 'status = "member"', "--out",
                    "given.csv", "--plain", "--approved-by", "the board", "--json", now=at("2018-06-11")).exits(0).json()
    equal(got["held"], 2, "made")
    equal(held(house, "crm:1", "crm:2"), [True, False], "those of the file")


def a_link_after_the_opening_reaches_and_holds(house):
    house_of(house)
    equal(rule(house, 'status = "member"', to="farbank")["held"], 0, "another company")
    equal(held(house, "crm:1"), [False], "not reached")
    link = ("recipient", "link", "farbank", "--sub-processor", "pellwick", "--json")
    equal(house.run(*link, now=at("2018-06-12")).exits(0).json()["held"], 2, "reached by the link")
    equal(held(house, "crm:1", "crm:2", "crm:3"), [True, False, True], "held")
    equal(house.run(*link, now=at("2018-06-12", 13)).exits(0).json()["held"], 0, "the second time")


def who_enters_a_system_after_the_opening_is_held(house):
    house_of(house)
    equal(record(house, "--system", "--from", "2018-01-15", "--select", 'status = "member"', "--fields", "first_name")["held"], 2, "at its recording")
    house.write("more.csv", HEADER + "9,Yva,Ash,yva@people.example,2018-06-01,Current\n")
    got = house.run("import", "more.csv", "--source", "crm", "--part", "--json", now=at("2018-06-15")).exits(0).json()
    equal([got["added"], got["held"]], [1, 1], "by the import")
    equal(held(house, "crm:9"), [True], "held")


def who_enters_our_own_system_after_the_opening_is_held(house):
    house_of(house, "self")
    house.write("more.csv", HEADER + "9,Yva,Ash,yva@people.example,2018-06-01,Current\n")
    equal(house.run("import", "more.csv", "--source", "crm", "--part", "--json", now=at("2018-06-15")).exits(0).json()["held"], 1, "by the import")
    equal(held(house, "crm:9"), [True], "held")


def the_scope_holds_whom_time_brought_in(house):
    house_of(house)
    house.write("ends.csv", "Contact ID,First Name,Last Name,Email,Membership Start Date,Membership Expiration Date,Membership Status\n"
                            "1,Mavo,Testril,mavo@people.example,2010-01-01,2018-06-30,Current\n")
    house.run("import", "ends.csv", "--source", "crm", "--part", now=at("2018-06-11", 8)).exits(0)
    equal(record(house, "--system", "--from", "2018-06-01", "--select", 'status = "former"', "--fields", "first_name")["held"], 1, "at its recording")
    scope = ("incident", "scope", "I1", "--json")
    equal([house.run(*scope, now=at("2018-07-10", h)).exits(0).json()["held"] for h in (8, 9)], [1, 0], "first and second")
    equal(held(house, "crm:1"), [True], "held")


def a_closed_breach_holds_nobody_more(house):
    house_of(house)
    house.run("incident", "close", "I1", "--reason", "a mistake", now=at("2018-06-10", 11)).exits(0)
    equal(rule(house, 'status = "member"')["held"], 0, "closed")
    equal(held(house, "crm:1"), [False], "not held")
    equal(house.run("incident", "scope", "I1", "--json", now=at("2018-06-12")).exits(0).json()["held"], 0, "nor by its scope")
    house.run("incident", "edit", "I1", "--reopen", now=at("2018-06-13")).exits(0)
    equal(held(house, "crm:1", "crm:2"), [True, False], "opened again")


run_all([
    what_is_recorded_after_the_opening_is_held,
    it_is_said_in_words,
    what_is_made_after_the_opening_is_held,
    a_link_after_the_opening_reaches_and_holds,
    who_enters_a_system_after_the_opening_is_held,
    who_enters_our_own_system_after_the_opening_is_held,
    the_scope_holds_whom_time_brought_in,
    a_closed_breach_holds_nobody_more,
])
