"""What is not known is said as that: nothing recorded of a company, nothing recorded of a person, a column that was empty."""
from tap import equal, expect, run_all


def at(day, hour=12):
    return "%sT%02d:00:00Z" % (day, hour)


def started(house):
    house.init(now=at("2018-01-05")).exits(0)
    house.write("m.csv", "Contact ID,First Name,Last Name,Email\n1,Mavo,Testril,mavo@people.example\n2,Kolun,Vonore,\n")
    house.run("import", "m.csv", "--source", "crm", "--full", now=at("2018-01-10")).exits(0)
    house.write("n.csv", "Contact ID,First Name,Last Name,Membership Start Date,Membership Status\n3,Tobri,Ash,2015-01-01,Current\n4,Sarn,Ilvane,,Pending\n")
    house.run("import", "n.csv", "--source", "crm", "--part", now=at("2018-01-11")).exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "ballot", "--fields",
              "first_name,email", "--contract", "2017-01-01", now=at("2018-01-12")).exits(0)


def opened(house, *who):
    return house.run("incident", "open", *who, "--aware", at("2018-06-10", 9), "--happened", "2018-06-01..2018-06-05", "--json", now=at("2018-06-10", 10)).exits(0).json()["incident"]


def sent(house, text, to="pellwick"):
    house.write("sent.csv", text)
    return house.run("handover", "record", "--to", to, "--purpose", "ballot", "--date", "2018-02-01", "--file", "sent.csv", "--source", "crm", "--approved-by",
                     "the board", "--json", now=at("2018-06-10", 11)).exits(0).json()


def scope(house, incident, *more):
    return house.run("incident", "scope", incident, *more, now=at("2018-06-11")).exits(0)


def nothing_recorded_is_not_nobody(house):
    started(house)
    for who, name in ((("--recipient", "pellwick"), "pellwick"), (("--company", "Tidewell Ltd"), "Tidewell Ltd")):
        incident = opened(house, *who)
        equal(scope(house, incident, "--json").json()["nothing_recorded"], [name], "in JSON")
        said = scope(house, incident).out
        expect("NOT YET KNOWN: what %s holds of us" % name in said and "handover record" in said, "said: %r" % said)
        expect("0 people are affected" not in said, "nobody is not said: %r" % said)
        told = house.run("report", "draft", incident, "--to", "markdown", now=at("2018-06-11")).exits(0).out
        expect("not yet known" in told, "in the report")


def a_company_of_which_nothing_is_recorded_beside_another_is_named(house):
    started(house)
    house.run("recipient", "add", "--id", "farbank", "--name", "Farbank Ltd", "--class", "processor", now=at("2018-01-12")).exits(0)
    sent(house, "Contact ID,First Name\n3,Tobri\n")
    incident = opened(house, "--recipient", "pellwick,farbank")
    got = scope(house, incident, "--json").json()
    equal([got["affected"], got["nothing_recorded"]], [1, ["farbank"]], "one of two")
    said = scope(house, incident).out
    expect("1 person is affected" in said and "more people may be affected" in said, "said: %r" % said)


def what_was_given_too_late_is_known(house):
    started(house)
    sent(house, "Contact ID,First Name\n3,Tobri\n")
    incident = opened(house, "--recipient", "pellwick")
    house.run("incident", "edit", incident, "--happened", "2018-01-01..2018-01-05", now=at("2018-06-11")).exits(0)
    equal(scope(house, incident, "--json").json()["nothing_recorded"], [], "something is recorded, and it came later")
    expect("0 people are affected" in scope(house, incident).out, "so nobody")
    house.run("recipient", "add", "--id", "oakmoor", "--name", "Oakmoor Ltd", "--class", "processor", now=at("2018-01-12")).exits(0)
    house.run("recipient", "link", "pellwick", "--sub-processor", "oakmoor", "--purpose", "ballot", "--from", "2018-06-08", now=at("2018-06-11")).exits(0)
    other = opened(house, "--recipient", "oakmoor")
    equal(scope(house, other, "--json").json()["nothing_recorded"], [], "a sub-processor that came later")


def others_are_told_by_what_is_known_of_them(house):
    started(house)
    sent(house, "Contact ID,First Name\n1,Mavo\n2,Kolun\n3,Tobri\n4,Sarn\n77,Zedra\n")
    incident = opened(house, "--recipient", "pellwick")
    got = scope(house, incident, "--json").json()
    equal([got[k] for k in ("affected", "members", "former", "other", "file_only", "not_recorded")], [5, 1, 0, 4, 1, 2], "numbers")
    words = "4 others (1 known only from the files, 2 status not recorded, 1 never joined)"
    expect(words in scope(house, incident).out, "on the screen")
    expect(words in house.run("report", "draft", incident, "--to", "ico", now=at("2018-06-11")).exits(0).out, "in the report")


def a_column_that_was_empty_is_no_detail_of_the_breach(house):
    started(house)
    got = sent(house, "Contact ID,First Name,Email,Phone\n2,Kolun,,\n")
    equal(sorted(got["fields"]), ["contact_id", "email", "first_name", "phone"], "of the hand-over")
    expect("phone" in house.run("handover", "show", "H1", now=at("2018-06-10")).exits(0).out, "shown")
    incident = opened(house, "--recipient", "pellwick")
    doc = scope(house, incident, "--json").json()
    equal([f["field"] for f in doc["fields"]], ["contact_id", "first_name"], "of the breach")
    equal([c["category"] for c in doc["categories"]], ["identity"], "its kinds")
    expect("phone" not in scope(house, incident).out.lower(), "in words")
    house.run("fsck", now=at("2018-06-12")).exits(0)


def the_list_of_people_has_the_numbers_too(house):
    started(house)
    sent(house, "Contact ID,First Name\n3,Tobri\n")
    doc = scope(house, opened(house, "--recipient", "pellwick"), "--people", "--json").json()
    equal([doc["people"], doc["affected"], doc["version"]], [[{"id": "3", "source": "crm", "fields": "contact_id,first_name"}], 1, 1], "people and numbers")


run_all([
    nothing_recorded_is_not_nobody,
    a_company_of_which_nothing_is_recorded_beside_another_is_named,
    what_was_given_too_late_is_known,
    others_are_told_by_what_is_known_of_them,
    a_column_that_was_empty_is_no_detail_of_the_breach,
    the_list_of_people_has_the_numbers_too,
])
