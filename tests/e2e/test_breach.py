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
    said = house.run("report", "draft", "I1", "--to", to, *(("--json",) if to == "json" else ()), *more, now=now or at("2018-06-11")).exits(0)
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


def change(house, verb, *argv, now, code=0):
    return house.run("incident", verb, "I1", *argv, now=now).exits(code)


def fields(doc):
    return {f["id"]: f for f in doc["document"]["fields"]}


def items(doc):
    return {f["id"]: f for f in doc["document"]["items"]}


def what_was_done_stands_in_the_report(house):
    opened(house)
    day = at("2018-06-11")
    equal(items(report(house))["A33.3-d1"]["state"], "not-yet-known", "nothing was done yet")
    change(house, "measure", "--what", "Pellwick gets nothing more from us", "--done", "2018-06-10", now=day)
    change(house, "measure", "--what", "A telephone line", "--kind", "mitigate", "--due", "2018-06-20", now=day)
    change(house, "measure", "--what", "A duty to delete", "--kind", "before", now=day)
    change(house, "measure", "--what", "To come", "--done", "2018-06-30", now=day, code=1)
    change(house, "measure", "--what", "What kind", "--kind", "other", now=day, code=2)
    change(house, "measure", "--done", "2018-06-10", now=day, code=2)
    doc = report(house)
    expect("- Pellwick gets nothing more from us. Done on 10 June 2018." in items(doc)["A33.3-d1"]["text"], "done")
    expect("- A telephone line. Planned for 20 June 2018." in items(doc)["A33.3-d2"]["text"], "planned")
    expect("- A duty to delete." in fields(doc)["training_detail"]["text"], "before")
    change(house, "measure", "--number", "2", "--done", "2018-06-19", now=at("2018-06-19"))
    change(house, "measure", "--number", "2", "--done", "2018-06-18", now=at("2018-06-19"), code=1)
    change(house, "measure", "--number", "9", "--done", "2018-06-19", now=at("2018-06-19"), code=1)
    expect("- A telephone line. Done on 19 June 2018." in items(report(house, now=at("2018-06-19")))["A33.3-d2"]["text"], "done now")
    expect("measure 2 (mitigate)" in change(house, "show", now=at("2018-06-19")).out, "shown with its number")


def who_was_told_and_when_makes_the_next_report_a_follow_up(house):
    opened(house)
    change(house, "told", "--whom", "Police", now=at("2018-06-11"))
    expect("- Police: planned" in fields(report(house))["told_others"]["text"], "planned")
    change(house, "told", "--whom", "Police", "--when", at("2018-06-11", 9), now=at("2018-06-11"))
    change(house, "told", "--whom", "Police", "--reference", "P-1", now=at("2018-06-11"))
    doc = report(house)
    equal(fields(doc)["told_others"]["text"], "- Police: Mon 11 June 2018, 10:00 (+01:00) = 2018-06-11T09:00:00Z, reference P-1", "told, and its reference later")
    equal(fields(doc)["report_type"]["options"], ["Initial report"], "the authority was not told")
    change(house, "told", "--whom", "Data Protection Authority", "--authority", "--when", at("2018-06-14", 9), "--reference", "DPA-7", now=at("2018-06-14"))
    doc = report(house, now=at("2018-06-20"))
    equal([fields(doc)[k]["text"] for k in ("report_type", "case_ref")], ["Follow-up report", "DPA-7"], "follow-up")
    expect("Authority" not in fields(doc)["told_others"]["text"], "the authority reads this itself")
    equal([doc["late"], doc["delay_required"], fields(doc)["delay"]["state"]], [True, True, "required"], "four days after we knew")
    change(house, "explain", "--late-report", "Their list came late.", now=at("2018-06-20"))
    doc = report(house, now=at("2018-06-20"))
    equal(fields(doc)["delay"]["text"], "Late by 24 h 00 min. Their list came late.", "explained")
    equal(doc["delay_required"], False, "explained")
    change(house, "explain", now=at("2018-06-20"), code=2)


def a_correction_leaves_what_was_said_in_the_timeline(house):
    opened(house, "--cause", "phishing", "--what", "They were called.")
    change(house, "edit", "--cause", "ransomware", "--aware", at("2018-06-10", 8), "--confidentiality", "yes: files were found", "--what", "Files were locked.",
           now=at("2018-06-11"))
    lines = house.run("incident", "show", "I1", "--json", now=at("2018-06-11")).exits(0).json()["document"]["timeline"]
    equal([line["text"] for line in lines],
          ["Changed: when we knew. Before: 2018-06-10T10:00:00+01:00", "Changed: the cause. Before: phishing: somebody was tricked out of a password or into "
           "opening something", "Changed: what happened. What was said before stands in version 1.", "Changed: Copied. Before: not known"], "timeline")
    expect("They were called." not in report(house, "markdown"), "what was typed and taken back is not in the report")
    old = house.run("incident", "show", "I1", "--version", "1", "--json", now=at("2018-06-11")).exits(0).json()["document"]
    equal([old["what_text"], old["cause"]], ["They were called.", "phishing"], "version 1")
    house.run("incident", "show", "I1", "--version", "9", now=at("2018-06-11")).exits(1)
    change(house, "edit", "--aware", "2018-07-01", now=at("2018-06-11"), code=1)
    change(house, "edit", "--aware", "unknown", now=at("2018-06-11"), code=2)
    house.run("log", "verify", now=at("2018-06-11")).exits(0)


def a_closed_breach_is_changed_only_when_opened_again(house):
    opened(house)
    said = change(house, "close", "--reason", "A false alarm", now=at("2018-06-12"))
    expect("5 questions that are not known" in said.err and "CLOSED" in said.out, "what is open is said")
    change(house, "close", "--reason", "Again", now=at("2018-06-12"), code=1)
    said = change(house, "measure", "--what", "More", now=at("2018-06-12"), code=1)
    expect("--reopen" in said.err, "says how")
    expect("closed" in house.run("incident", "list", now=at("2018-06-12")).exits(0).out, "in the list")
    scope(house, now=at("2018-06-12"))
    change(house, "edit", "--reopen", "--published", "yes", now=at("2018-06-13"))
    expect("Opened again. It was closed by version 2." in change(house, "show", now=at("2018-06-13")).out, "in the timeline")
    change(house, "edit", "--reopen", now=at("2018-06-13"), code=1)
    change(house, "measure", "--what", "More", now=at("2018-06-13"))
    house.run("fsck", now=at("2018-06-13")).exits(0)


def who_answers_is_set_once_and_stands_in_the_report(house):
    opened(house)
    equal(fields(report(house))["dpo"]["state"], "required", "nobody yet")
    day = at("2018-06-11")
    house.run("contact", "set", "--name", "B. Tarn", "--phone", "0808 157 0001", "--hours", "8 to 20", "--address", "1 Sample Square, Anytown",
              "--registration", "Z0000000", "--staff", "under-250", now=day).exits(0)
    house.run("contact", "set", "--dpo", "K. Ode", "--dpo-email", "dpo@union.example", now=day).exits(0)
    got = house.run("contact", "show", "--json", now=day).exits(0).json()
    equal([got[k] for k in ("name", "phone", "hours", "dpo", "stand-in")], ["B. Tarn", "0808 157 0001", "8 to 20", "K. Ode", ""], "both are kept")
    doc = report(house)
    equal(fields(doc)["dpo"]["text"], "K. Ode, data-protection officer, dpo@union.example", "officer")
    equal(fields(doc)["contact"]["text"], "B. Tarn, privacy@union.example, 0808 157 0001", "who reports")
    equal(fields(doc)["org"]["text"], "Example Members' Union\nAddress: 1 Sample Square, Anytown\nRegistration number: Z0000000", "organisation")
    equal(fields(doc)["org_size"]["options"], ["Fewer than 250 staff"], "size")
    expect("K. Ode" in items(doc)["A33.3-b"]["text"], "A33.3-b")
    equal(fields(report(house, "json", "--answer", "dpo=Somebody else, 0808"))["dpo"]["text"], "Somebody else, 0808", "an answer goes first")
    house.run("contact", "set", "--owner", "B. Tarn", "--stand-in", "K. Ode", "--until", "2019-06-30", "--signed-by", "Ines Calloway, General Secretary",
              "--page", "union.example/breach", now=day).exits(0)
    house.run("contact", "set", "--signed-by", "T. Teamer, Chair", now=day).exits(0)
    house.run("contact", "set", "--signed-by", "Ines Calloway, General Secretary", now=day).exits(0)
    got = house.run("contact", "show", "--json", now=day).exits(0).json()
    equal([got[k] for k in ("owner", "stand-in", "until", "signed-by", "page", "name")],
          ["B. Tarn", "K. Ode", "2019-06-30", "Ines Calloway, General Secretary", "union.example/breach", "B. Tarn"], "of letters")
    for wrong in (("--dpo-email", "nobody"), ("--staff", "many"), ("--name", "two\nlines"), ("--phone", "abc"), ("--dpo-phone", "ring me"),
                  ("--until", "summer"), ("--until", "2019-02-30"), ("--signed-by", "Ines Calloway"), ("--signed-by", "Your team, Membership"), ("--signed-by", ", Secretary"),
                  ("--signed-by", "Ines Calloway, "), ("--page", "https://union.example"), ("--page", "union"), ("--page", "union.example/a b"), ("--page", ".example"),
                  ("--page", "union./breach")):
        expect(wrong[0] in house.run("contact", "set", *wrong, now=day).exits(1).err, wrong)
    house.run("contact", "set", now=day).exits(2)
    expect("0808 157 0001" in house.run("incident", "sheet", "I1", now=day).exits(0).out, "on the sheet")
    house.run("fsck", now=day).exits(0)
    house.run("log", "verify", now=day).exits(0)


def a_report_says_when_its_numbers_are_old(house):
    opened(house)
    equal(report(house)["stale"], False, "no numbers yet")
    scope(house)
    doc = report(house)
    equal([doc["stale"], doc["document"]["scope_stale"], doc["document"]["affected"]], [False, False, 3], "fresh")
    given(house, 'status = "former"')
    equal(report(house)["stale"], True, "one more hand-over")
    for to in ("ico", "markdown"):
        expect("OLD NUMBERS" in report(house, to), "said in " + to)
    equal(scope(house)["version"], 2, "worked out again")
    equal(report(house)["stale"], False, "fresh again")
    certified(house, "H2", "--received", "2018-05-01", now=at("2018-06-12"))
    equal(report(house, now=at("2018-06-12"))["stale"], True, "a certificate")
    equal(report(house, now=at("2018-06-12"))["document"]["affected"], 3, "the report shows what was kept")


def a_breach_of_our_own_is_named_in_the_report(house):
    house.init(now=at("2018-01-05")).exits(0)
    house.run("incident", "open", "--recipient", "self", "--aware", at("2018-06-10", 9), now=at("2018-06-10", 10)).exits(0)
    expect("Hit: our own system." in items(report(house))["A33.3-a1"]["text"], "A33.3-a1")


def a_promise_gives_the_date_until_it_is_kept(house):
    opened(house)
    change(house, "promise", "--by", "2018-06-20", now=at("2018-06-11"))
    change(house, "promise", "--by", "2018-06-15", "--on", "likelihood", now=at("2018-06-11"))
    doc = report(house)
    equal(fields(doc)["likelihood"]["text"], "not yet known; next word by 15 June 2018", "its own")
    equal(fields(doc)["recovery"]["text"], "not yet known; next word by 20 June 2018", "that on everything")
    equal(doc["document"]["undated"], 0, "all are dated")
    expect("on likelihood by 2018-06-15" in change(house, "show", now=at("2018-06-17")).out and "LATE" in change(house, "show", now=at("2018-06-17")).out, "late")
    change(house, "promise", "--kept", "--on", "likelihood", now=at("2018-06-17"))
    equal(fields(report(house, now=at("2018-06-17")))["likelihood"]["text"], "not yet known; next word by 20 June 2018", "kept")
    change(house, "promise", "--kept", "--on", "likelihood", now=at("2018-06-17"), code=1)
    change(house, "promise", now=at("2018-06-17"), code=2)
    change(house, "promise", "--kept", "--by", "2018-07-01", now=at("2018-06-17"), code=2)


def a_number_names_one_breach(house):
    opened(house, "--number", "EMU-1")
    more = ("incident", "open", "--recipient", "pellwick", "--aware", at("2018-06-10", 9), "--number")
    for number in ("EMU-1", "emu-1", "I1", "I7"):
        expect("--number" in house.run(*more, number, now=at("2018-06-11")).exits(1).err, number)
    house.run(*more, "EMU-2", now=at("2018-06-11")).exits(0)
    for number in ("EMU-1", "I1"):
        house.run("incident", "edit", "I2", "--number", number, now=at("2018-06-11")).exits(1)
    house.run("incident", "edit", "I2", "--number", "EMU-2", "--note", "the same number", now=at("2018-06-11")).exits(0)
    equal([i["number"] for i in house.run("incident", "list", "--json", now=at("2018-06-11")).exits(0).json()["incidents"]], ["EMU-1", "EMU-2"], "numbers")


def a_breach_does_not_begin_in_the_future(house):
    opened(house)
    for window in (("--happened", "2019-06-01..2019-06-05"), ("--from", "2019-06-01", "--to", "ongoing")):
        said = house.run("incident", "open", "--recipient", "pellwick", "--aware", at("2018-06-10", 9), *window, now=at("2018-06-11")).exits(1)
        expect("begin in the future" in said.err, said.err)
        change(house, "edit", *window, now=at("2018-06-11"), code=1)
    change(house, "edit", "--happened", "2018-06-11..2018-07-01", now=at("2018-06-11"))


def what_came_before_the_deletion_is_a_promise(house):
    opened(house)
    promise = ("handover", "certify", "H2", "--deleted", "2018-04-15", "--received", "2018-04-01", "--backups")
    said = house.run(*promise, now=at("2018-05-01")).exits(0)
    expect("A PROMISE, NOT A PROOF" in said.err and "recorded as not believed" in said.out, "said loudly")
    for verb in (("show", "H2"), ("list",)):
        expect("A PROMISE, not a proof" in house.run("handover", *verb, now=at("2018-05-01")).exits(0).out, "marked by " + verb[0])
    got = house.run("handover", "show", "H2", "--json", now=at("2018-05-01")).exits(0).json()["certificates"]
    equal([(c["believed"], c["promise"]) for c in got], [(False, True)], "in JSON")
    equal(scope(house)["affected"], 3, "nobody drops out")
    got = house.run(*promise, "--believed", "--json", now=at("2018-05-01")).exits(0).json()
    equal((got["believed"], got["promise"]), (True, True), "where that is said")
    equal(scope(house)["affected"], 2, "believed all the same")


def what_may_have_been_given_after_the_deletion_stays(house):
    """A certificate names the hand-over, and nobody knows whether that was given before or after the deletion: doubt includes."""
    opened(house)
    for sent in ("2018", "2018-01-01..2018-05-31", "unknown"):
        house.run("handover", "record", "--to", "pellwick", "--purpose", "membership", "--date", sent, "--rule", 'status = "former"', "--fields", "email",
                  "--approved-by", "the board", now=at("2018-05-02")).exits(0)
    before = scope(house)["affected"]
    house.run("handover", "certify", "H2", "H3", "H4", "H5", "--deleted", "2018-04-15", "--backups", now=at("2018-05-03")).exits(0)
    equal([scope(house)["affected"], before], [3, 3], "the former member is in those given perhaps after it")
    listed = {h["handover"]: h["deletion"] for h in house.run("handover", "list", "--json", now=at("2018-05-04")).exits(0).json()["handovers"]}
    equal([listed[h] for h in ("H2", "H3", "H4", "H5")], ["proven"] + 3 * ["not proven: more may have been given after it"], "in the list")
    expect(house.run("handover", "list", now=at("2018-05-04")).exits(0).out.count("NOT A PROOF of this one") == 3, "by each")
    expect("the deletion may have been before the data was given" in house.run("incident", "scope", "I1", now=at("2018-06-11")).exits(0).out, "said why")
    house.run("handover", "certify", "H3", "H4", "H5", "--deleted", "2018-05-10", "--backups", now=at("2018-05-11")).exits(0)
    equal(scope(house)["affected"], 2, "what was recorded before the deletion was given before it")


def practice_is_marked_everywhere(house):
    opened(house)
    for argv in (("show", "I1"), ("list",), ("scope", "I1")):
        expect("*** PRACTICE ***" in house.run("incident", *argv, now=at("2018-06-11")).exits(0).out, "said by " + argv[0])
    for argv in (("show", "I1"), ("list",)):
        equal(house.run("incident", *argv, "--json", now=at("2018-06-11")).exits(0).json()["practice"], True, "in JSON by " + argv[0])


def what_may_change_who_is_affected_marks_it_stale(house):
    opened(house)
    shown = lambda: house.run("incident", "show", "I1", "--json", now=at("2018-06-12")).exits(0).json()  # noqa: E731
    expect("scope" not in shown(), "a scope before anybody asked")
    house.run("incident", "scope", "I1", now=at("2018-06-11")).exits(0)
    for argv in (("import", "m.csv", "--source", "crm", "--full"), ("recipient", "edit", "pellwick", "--delete-after", "60d"),
                 ("handover", "record", "--to", "pellwick", "--purpose", "membership", "--date", "2018-03-01", "--rule", 'status = "former"', "--fields",
                  "first_name", "--approved-by", "the board"), ("incident", "edit", "I1", "--cause", "ransomware")):
        equal(shown()["scope"]["stale"], False, "stale before")
        house.run(*argv, now=at("2018-06-12")).exits(0)
        equal(shown()["scope"]["stale"], True, "stale after %s %s" % argv[:2])
        expect("Recorded since then" in house.run("incident", "show", "I1", now=at("2018-06-12")).exits(0).out, "not said")
        equal(house.run("incident", "list", "--json").exits(0).json()["incidents"][0]["scope"]["stale"], True, "in the list")
        house.run("incident", "scope", "I1", now=at("2018-06-12")).exits(0)
    equal(shown()["scope"]["stale"], False, "stale at the end")
    house.run("fsck", now=at("2018-06-12")).exits(0)


run_all([
    a_promise_gives_the_date_until_it_is_kept,
    a_breach_of_our_own_is_named_in_the_report,
    what_was_done_stands_in_the_report,
    who_was_told_and_when_makes_the_next_report_a_follow_up,
    a_correction_leaves_what_was_said_in_the_timeline,
    a_closed_breach_is_changed_only_when_opened_again,
    who_answers_is_set_once_and_stands_in_the_report,
    a_report_says_when_its_numbers_are_old,
    a_certificate_recorded_after_the_opening_counts_loudly,
    one_recorded_before_the_opening_is_not_late,
    when_a_certificate_was_received_and_recorded_is_shown,
    a_number_names_one_breach,
    a_breach_does_not_begin_in_the_future,
    what_came_before_the_deletion_is_a_promise,
    what_may_have_been_given_after_the_deletion_stays,
    practice_is_marked_everywhere,
    what_may_change_who_is_affected_marks_it_stale,
])
