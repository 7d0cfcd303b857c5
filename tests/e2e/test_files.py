"""Files of people as they come: spreadsheets with more than one sheet, archives of several tables."""
import io
import os
import zipfile

from tap import MEMBERS, NOW, equal, expect, run_all

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "headers")
LATER = "2018-06-16T09:00:00Z"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
PEOPLE = MEMBERS + "1,Mavo,Testril,mavo@members.example,QA1 0AA,2015-01-01,2019-01-01,Current\n"


def workbook(*sheets):
    """(name, state, rows) each; all cells are texts."""
    book = links = ""
    parts = [("[Content_Types].xml", "<Types/>")]
    for i, (name, state, rows) in enumerate(sheets, 1):
        book += f'<sheet name="{name}" sheetId="{i}" state="{state}" r:id="r{i}"/>'
        links += f'<Relationship Id="r{i}" Type="{LINK}/worksheet" Target="worksheets/s{i}.xml"/>'
        cells = "".join("<row>%s</row>" % "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in row) for row in rows)
        parts.append((f"xl/worksheets/s{i}.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'))
    parts.append(("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{LINK}"><sheets>{book}</sheets></workbook>'))
    parts.append(("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{RELS}">{links}</Relationships>'))
    return archive(*parts)


def archive(*parts):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in parts:
            z.writestr(name, content)
    return data.getvalue()


def recorded(house, name, *more):
    return house.run("handover", "record", "--to", "pellwick", "--purpose", "ballot", "--date", "2018-03-02", "--file", name, "--source", "crm",
                     "--approved-by", "office", "--json", *more, now=LATER).exits(0)


def sheets_that_are_not_read_are_told_of_hidden_ones_too(house):
    house.init().exits(0)
    house.write("m.csv", PEOPLE)
    house.run("import", "m.csv", "--source", "crm", "--full", now=NOW).exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "ballot", now=NOW).exits(0)
    sheet = [("Contact ID", "Email"), ("1", "mavo@members.example")]
    book = workbook(("People", "visible", sheet), ("Old", "hidden", sheet), ("Older", "veryHidden", sheet), ("More", "visible", sheet))
    for name, data, wanted in (("plain.xlsx", book, ["Old", "Older", "More"]),
                               ("packed.zip", archive(("list.xlsx", book), ("rest.csv", "Email\nx@members.example\n")),
                                ["list.xlsx/Old", "list.xlsx/Older", "list.xlsx/More", "rest.csv"])):
        more = ("--member", "list.xlsx/People") if name == "packed.zip" else ()
        answer = recorded(house, house.write(name, data), *more)
        equal(answer.json()["other_tables"], wanted, name)
        expect('--member "%s"' % wanted[0] in answer.err, answer.err)
    equal(recorded(house, "packed.zip", "--member", "list.xlsx/Older").json()["people"], 1, "a hidden sheet, named")


def rows_of_nothing_are_nobody(house):
    house.init().exits(0)
    blank = ",,,,,,,\n , ,\u00a0,,,,,\u200b\n\"\",,,,,,,\n,,,\n"
    house.write("m.csv", PEOPLE + blank)
    for added in (1, 0):
        answer = house.run("import", "m.csv", "--source", "crm", "--full", "--json", now=NOW).exits(0).json()
        equal((answer["read"], answer["added"], answer["gone"]), (1, added, 0), "a CSV")
    house.write("m.xlsx", workbook(("People", "visible", [row.split(",") for row in (PEOPLE + ", , ,,,,,\n").splitlines()])))
    answer = house.run("import", "m.xlsx", "--source", "crm", "--full", "--json", now=NOW).exits(0).json()
    equal((answer["read"], answer["added"], answer["gone"]), (1, 0, 0), "a spreadsheet")
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "ballot", now=NOW).exits(0)
    house.write("sent.csv", "Contact ID,Email\n1,mavo@members.example\n,\n , \n")
    answer = recorded(house, "sent.csv").json()
    equal((answer["people"], answer["file_only"]), (1, 0), "given away")


def what_cannot_be_seen_makes_nobody_else(house):
    house.init().exits(0)
    house.write("m.csv", PEOPLE)
    house.run("import", "m.csv", "--source", "crm", "--full", now=NOW).exits(0)
    row = PEOPLE.splitlines()[1]
    for mark in ("\ufeff", "\u00a0", "\u200b", "\u200c", "\u200d", "\u200e", "\u2060", "\u00ad", " "):
        cells = [mark + cell + mark if cell else "" for cell in row.split(",")]
        house.write("n.csv", MEMBERS + ",".join(cells) + "\n")
        answer = house.run("import", "n.csv", "--source", "crm", "--full", "--json", now=NOW).exits(0).json()
        equal((answer["added"], answer["updated"], answer["unchanged"], answer["gone"]), (0, 0, 1, 0), "U+%04X" % ord(mark))
    quoted = "\ufeff" + ",".join('"%s"' % cell for cell in row.split(",")) + "\n"
    house.write("n.csv", "\ufeff" + MEMBERS + quoted.replace('"1"', '"2"').replace("mavo", "kolun").replace("Mavo", "Kolun") + quoted)
    answer = house.run("import", "n.csv", "--source", "crm", "--full", "--json", now=NOW).exits(0).json()
    equal((answer["added"], answer["unchanged"], answer["gone"]), (1, 1, 0), "a mark in the middle")
    house.run("person", "show", "crm:2", now=NOW).exits(0)
    house.run("recipient", "add", "--id", "pellwick", "--name", "Pellwick Mailing Ltd", "--class", "processor", "--purpose", "ballot", now=NOW).exits(0)
    house.write("sent.csv", "Contact ID,Email\n\u200b1\u00a0,mavo@members.example\n\ufeff2,\n")
    answer = recorded(house, "sent.csv").json()
    equal((answer["people"], answer["file_only"]), (2, 0), "given away")


TAIL = "MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES\n"
UNSUB = "UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,"


def audience(number, name, *extra):
    """A row of a Mailchimp export."""
    return ",".join([name.lower() + "@members.example", name, "Testril", *extra, "2", "2017-05-0%d 10:00:00" % number] + [""] * 10 +
                    ["2018-01-01 00:00:00", str(number), "e%d" % number, ""]) + "\n"


def mailchimp(*others):
    start = "Email Address,First Name,Last Name,"
    return archive(("subscribed_members_export_abc.csv", start + TAIL + audience(1, "Ada")),
                   ("unsubscribed_members_export_abc.csv", start + UNSUB + UNSUB + TAIL + audience(2, "Bea", "2018-02-01 09:00:00", *[""] * 9) +
                    audience(3, "Cyd", *[""] * 10)),
                   ("cleaned_members_export_abc.csv", start + TAIL + audience(4, "Dov")), *others)


def choices_of(house, name):
    shown = house.run("person", "show", name, "--json", now=LATER).exits(0).json()
    objections = house.run("objection", "list", name, "--json", now=LATER).exits(0).json()["objections"]
    return sorted(o["purpose"] for o in objections), shown["marks"]


def a_mailchimp_audience_is_one_export_and_its_tables_names_count(house):
    house.init().exits(0)
    house.write("audience.zip", mailchimp(("readme.csv", "what,where\nnothing,here\n")))
    answer = house.run("import", "audience.zip", "--full", "--json", now=NOW).exits(0)
    got = answer.json()
    equal([got[k] for k in ("system", "source", "read", "added", "rejected_count")], ["Mailchimp", "mailchimp", 4, 4, 0], "the export")
    expect('"readme.csv" in the archive was not read' in answer.err, answer.err)
    refused = ["fundraising", "newsletter"]
    equal(choices_of(house, "ada@members.example"), ([], []), "subscribed")
    equal(choices_of(house, "bea@members.example"), (refused, []), "unsubscribed")
    equal(choices_of(house, "cyd@members.example"), (refused, []), "unsubscribed, at no time that is said")
    equal(choices_of(house, "dov@members.example"), ([], ["e-mail fails"]), "cleaned")
    again = house.run("import", "audience.zip", "--full", "--json", now=LATER).exits(0).json()
    equal([again[k] for k in ("added", "updated", "unchanged", "gone")], [0, 0, 4, 0], "again")
    part = house.run("import", "audience.zip", "--member", "cleaned_members_export_abc.csv", "--json", now=LATER).exits(0).json()
    equal((part["read"], part["unchanged"]), (1, 1), "one table, named, says the same")


def a_bad_row_of_a_table_is_named_with_it(house):
    house.init().exits(0)
    with zipfile.ZipFile(io.BytesIO(mailchimp())) as z:
        parts = [(n, z.read(n).decode()) for n in z.namelist()]
    parts[2] = (parts[2][0], parts[2][1].replace("2017-05-04 10:00:00", "maybe"))
    house.write("bad.zip", archive(*parts))
    answer = house.run("import", "bad.zip", "--full", "--json", now=NOW).exits(1)
    equal([(r["line"], r["table"]) for r in answer.json()["rejected"]], [(2, "cleaned_members_export_abc.csv")], "rejected")
    expect("bad.zip/cleaned_members_export_abc.csv:2:" in answer.err, answer.err)
    equal(house.run("person", "count", "--json").json()["people"], 0, "people")


def tables_of_no_known_system_must_be_named(house):
    house.init().exits(0)
    house.write("two.zip", archive(("a.csv", "Contact ID,Email\n1,a@b.example\n"), ("b.csv", "x,y\n1,2\n")))
    expect("--member" in house.run("import", "two.zip", "--source", "crm", now=NOW).exits(1).err, "what to do is not said")


def memberships_that_are_named_without_dates_make_members(house):
    """NationBuilder has no column of a status."""
    house.init().exits(0)
    header = "nationbuilder_id,first_name,last_name,email,tag_list,membership_names\n"
    rows = "1,Ada,Testril,ada@members.example,,Full\n2,Bea,Testril,bea@members.example,,\n3,Cyd,Testril,cyd@members.example,,\"Full, Youth\"\n"
    house.write("nb.csv", header + rows)
    house.run("import", "nb.csv", "--full", now=NOW).exits(0)
    status = house.run("person", "count", "--json", now=LATER).exits(0).json()["status"]
    equal((status["member"], status["former"], status["other"]), (2, 0, 1), "named")
    house.write("nb.csv", header + rows.replace(",Full\n", ",\n"))
    equal(house.run("import", "nb.csv", "--full", "--json", now=LATER).exits(0).json()["updated"], 1, "updated")
    status = house.run("person", "count", "--json", now="2018-06-17T09:00:00Z").exits(0).json()["status"]
    equal((status["member"], status["former"], status["other"]), (1, 1, 1), "no longer named")
    house.write("dated.csv", "nationbuilder_id,first_name,last_name,membership_level_name,membership_started_at,membership_expires_at\n"
                "4,Dov,Testril,Full,2015-01-01,2016-12-31\n5,Eli,Testril,Full,2015-01-01,2019-12-31\n6,Fay,Testril,Full,,\n")
    house.run("import", "dated.csv", "--part", now="2018-06-18T09:00:00Z").exits(0)
    status = house.run("person", "count", "--json", now="2018-06-18T10:00:00Z").exits(0).json()["status"]
    equal((status["member"], status["former"], status["other"]), (3, 2, 1), "with dates the dates tell")


def a_limit_passed_in_the_second_table_names_the_line_there(house):
    """Rows that wait for others of the same person: 96 MB of them, and no more."""
    keys = ["Contact ID", "First Name", "Last Name"]
    with open(os.path.join(HEADERS, "civicrm-contacts.csv")) as first, open(os.path.join(HEADERS, "civicrm-memberships.csv")) as second:
        headers = [file.readline().strip() for file in (first, second)]
    tables = []
    for header, times in zip(headers, (0, 75)):
        rows = [header]
        for i in range(3500):
            cells = dict(zip(keys, (str(i + 1), "Mavo", "Testril%d" % i)), **{"Signature Text": os.urandom(200).hex() * times})
            rows.append(",".join(cells.get(name, "") for name in header.split(",")))
        tables.append("\n".join(rows) + "\n")
    house.init().exits(0)
    house.write("two.zip", archive(("contacts.csv", tables[0]), ("memberships.csv", tables[1])))
    told = house.run("import", "two.zip", "--source", "crm", "--full", "--json", now=NOW).exits(1).json()["error"]
    expect("several rows" in told["what"] and told["where"].startswith("two.zip:"), told)
    expect(2 < int(told["where"].split(":")[1]) <= 3501, told["where"])


if __name__ == "__main__":
    run_all([
        sheets_that_are_not_read_are_told_of_hidden_ones_too,
        rows_of_nothing_are_nobody,
        what_cannot_be_seen_makes_nobody_else,
        a_mailchimp_audience_is_one_export_and_its_tables_names_count,
        a_bad_row_of_a_table_is_named_with_it,
        tables_of_no_known_system_must_be_named,
        memberships_that_are_named_without_dates_make_members,
        a_limit_passed_in_the_second_table_names_the_line_there,
    ])
