"""A breach from its opening to its end: what is written down, by whom it is answered, and what the report says of it."""
from tap import equal, expect, run_all

ROWS = """Contact ID,First Name,Last Name,Email,Membership Start Date,Membership Expiration Date,Membership Status
1,Mavo,Testril,mavo@people.example,2010-01-01,2030-02-13,Current
2,Kolun,Vonore,kolun@people.example,2011-01-01,2017-12-31,Expired
3,Tobri,Vonore,tobri@people.example,2012-01-01,2030-05-01,Current
"""


def at(day, hour=12):
    return "%sT%02d:00:00Z" % (day, hour)


def given(house, select):
    return house.run("handover", "record", "--to", "pellwick", "--purpose", "membership", "--date", "2018-02-01", "--rule", select, "--fields",
                     "first_name,email", "--approved-by", "the board", now=at("2018-02-02")).exits(0)


def opened(house, *more):
    house.init(now=at("2018-01-05")).exits(0)
    house.write("m.csv", ROWS)
    house.run("import", "m.csv", "--source", "crm", "--full", now=at("2018-01-10")).exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "membership",
              "--fields", "first_name,email", "--contract", "2017-01-01", now=at("2018-01-10")).exits(0)
    given(house, 'status = "member"')
    given(house, 'status in ("member","former")')
    house.run("incident", "open", "--recipient", "pellwick", "--aware", at("2018-06-10", 9), "--happened", "2018-06-01..2018-06-05", *more,
              now=at("2018-06-10", 10)).exits(0)


def scope(house, *more, now=None):
    return house.run("incident", "scope", "I1", "--json", *more, now=now or at("2018-06-11")).exits(0).json()


def report(house, to="json", *more, now=None):
    said = house.run("report", "draft", "I1", "--to", to, *more, now=now or at("2018-06-11")).exits(0)
    return said.json() if to == "json" else said.out


def certified(house, *argv, now):
    house.run("handover", "certify", *argv, "--deleted", "2018-04-15", "--backups", now=now).exits(0)


def a_certificate_recorded_after_the_opening_counts_loudly(house):
    opened(house)
    equal(scope(house)["late_certificates"], {"people": 0, "certificates": []}, "none yet")
    certified(house, "H2", "--received", "2018-05-01", now=at("2018-06-12"))
    got = scope(house, now=at("2018-06-12"))
    equal([got["affected"], got["late_certificates"]], [2, {"people": 1, "certificates": ["C1"]}], "one is in no other hand-over")
    said = house.run("incident", "scope", "I1", now=at("2018-06-12")).exits(0).out
    expect("LEFT OUT: 1 person, only on the word of C1" in said and "--distrust-certificates" in said, "said loudly")
    equal(scope(house, "--distrust-certificates", now=at("2018-06-12"))["late_certificates"]["people"], 0, "nobody is left out then")
    for to in ("markdown", "ico"):
        text = report(house, to, now=at("2018-06-12"))
        expect("recorded only after the breach was opened (C1)" in text.replace("\\", ""), "in the report, " + to)
    certified(house, "H2", "--received", "2018-07-01", now=at("2018-07-01"))
    equal(scope(house, now=at("2018-07-02"))["late_certificates"], {"people": 1, "certificates": ["C1"]}, "one that does not count is not named")


def one_recorded_before_the_opening_is_not_late(house):
    opened(house)
    certified(house, "H2", now=at("2018-05-01"))  # the clock of a practice may go back
    certified(house, "H2", "--received", "2018-05-01", now=at("2018-06-12"))
    equal(scope(house, now=at("2018-06-12"))["late_certificates"], {"people": 0, "certificates": []}, "left out on the earlier one")


def when_a_certificate_was_received_and_recorded_is_shown(house):
    opened(house)
    certified(house, "H2", "--received", "2018-05-01", now=at("2018-06-12"))
    for verb in (("show", "H2"), ("list",)):
        said = house.run("handover", *verb, now=at("2018-06-12")).exits(0).out
        expect("C1: deleted 2018-04-15, received 2018-05-01, recorded 2018-06-12, believed" in said, "shown by " + verb[0])
    wanted = {"certificate": "C1", "received_at": "2018-05-01T22:59:59Z", "recorded_at": "2018-06-12T12:00:00Z", "believed": True}
    got = house.run("handover", "show", "H2", "--json", now=at("2018-06-12")).exits(0).json()["certificates"]
    expect(len(got) == 1 and all(got[0][k] == v for k, v in wanted.items() if k != "recorded_at") and got[0]["recorded_at"].startswith("2018-06-12T12:00"), "in JSON")
    listed = house.run("handover", "list", "--json", now=at("2018-06-12")).exits(0).json()["handovers"]
    equal([len(h["certificates"]) for h in listed], [0, 1], "in the list")


run_all([
    a_certificate_recorded_after_the_opening_counts_loudly,
    one_recorded_before_the_opening_is_not_late,
    when_a_certificate_was_received_and_recorded_is_shown,
])
