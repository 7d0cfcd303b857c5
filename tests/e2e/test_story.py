"""The story of the first day, command by command, on the real register; every number against the model.

Numbers only: no value of a person is printed, also where something fails."""
import csv
import hashlib
import os
import shlex

from model_given import Model
from model_people import instant
from tap import Failed, House, equal, expect, run_all

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples")
SENT = ["Contact ID", "External Identifier", "First Name", "Last Name", "Email", "Street Address", "City", "State", "Postal Code", "Phone"]
FIELDS = ("first_name", "last_name", "email", "street_address", "city", "state", "postal_code", "phone", "birth_date")

STORY = r"""
candour -C d init --name "Example Members' Union" --contact privacy@union.example --slot d.slot --practice --now 2018-06-15T08:00:00Z
candour -C d field add party --label "Party" --category special --type text --now 2018-06-15T08:00:00Z
candour -C d import examples/legislators.csv --source crm --full --now 2018-06-15T09:00:00Z
candour -C d recipient add --id pellwick --name "Pellwick Mailing Ltd" --class processor --country GB --number 00000000 \
    --does "prints and posts letters" --contract 2017-05-01 --purpose ballot --delete-after 90d --contact security@pellwick.example \
    --fields first_name,last_name,email,street_address,city,state,postal_code,phone,birth_date --now 2018-06-16T09:00:00Z
candour -C d handover record --to pellwick --purpose ballot --date 2018-03-02 --file sent.csv --source crm \
    --approved-by "Returning officer" --now 2018-06-16T09:00:00Z
candour -C d handover record --to pellwick --purpose ballot --date 2018-05-01 --rule 'status = "member"' \
    --fields first_name,last_name --approved-by "Returning officer" --now 2018-06-16T09:00:00Z
candour -C d handover create --to pellwick --purpose ballot --fields first_name,last_name,email \
    --select 'status = "member" and gender = "Female"' --out ballot.csv --plain --approved-by "Returning officer" --now 2018-07-01T10:00:00Z
candour -C d incident open --recipient pellwick --happened 2018-10-20..2018-10-29 --company-aware 2018-10-27T09:00:00Z \
    --aware 2018-10-29T14:05:00Z --availability yes --confidentiality unknown --integrity "no: restored files match their backup" \
    --cause ransomware --now 2018-10-29T15:00:00Z
candour -C d incident scope I1 --json --now 2018-10-29T16:00:00Z
candour -C d report draft I1 --to ico --now 2018-10-29T16:00:00Z
candour -C d log verify
"""

ICO = [
    ("report_reason", "Why are you reporting the breach to the ICO? (optional)"),
    ("report_type", "Report type"), ("case_ref", "(Follow-up only) ICO case reference"),
    ("spoken_to", "If you have already spoken to ICO staff about this breach, their name"),
    ("org_size", "Size of organisation"),
    ("first_contact", "Is this the first time you have contacted us about a breach since the GDPR came into force?"),
    ("what_happened", "What has happened? As much as you can: what happened, what went wrong and how it happened"),
    ("how_occurred", "Describe how the incident occurred"), ("cyber", "Was the breach caused by a cyber incident?"),
    ("how_found", "How did you find out about the breach?"),
    ("when_discovered", "When did you discover the breach? Date, time"),
    ("when_happened", "When did the breach happen? Date, time"),
    ("data_categories", "Categories of personal data included in the breach (tick all)"),
    ("records", "Number of personal data records concerned?"), ("subjects", "How many data subjects could be affected?"),
    ("subject_categories", "Categories of data subjects affected (tick all)"),
    ("consequences", "Potential consequences of the breach: possible impact on data subjects; whether there has been any actual harm"),
    ("likelihood", "What is the likelihood that data subjects will experience significant consequences as a result?"),
    ("likelihood_why", "Give details"),
    ("cia_hit", "Has the confidentiality, integrity and/or availability of your information systems been affected? If yes, which"),
    ("org_impact", "Impact on your organisation"), ("recovery", "Recovery time"),
    ("training", "Had the staff member involved received data protection training in the last two years?"),
    ("training_detail", "(Initial only) Describe any measures in place before the breach with the aim of preventing it"),
    ("delay", "If there has been a delay in reporting this breach, explain why"),
    ("actions", "Actions you have taken, or propose to take, as a result; for cyber: how you confirmed the threat is gone; retrieved/deleted data"),
    ("prevent", "Steps you are taking to prevent a recurrence, and when you expect they will be completed"),
    ("told_people", "Have you told data subjects about the breach?"),
    ("told_others", "Have you told, or are you planning to tell any other organisations about the breach? eg the police, other regulators, supervisory authorities, insurers, processors"),
    ("code", "Are you a member of a UK GDPR code of conduct or certification scheme, approved and published on our website?"),
    ("org", "Organisation name, address, registration number (or exempt / not known)"),
    ("contact", "Person making this report: name, e-mail, telephone (someone familiar with the breach)"),
    ("dpo", "Data protection officer, or senior person responsible: same as above / name, e-mail, telephone"),
]
NINE = ["A33.3-a1", "A33.3-a2", "A33.3-a3", "A33.3-a4", "A33.3-a5", "A33.3-b", "A33.3-c", "A33.3-d1", "A33.3-d2"]
ONE_OF = {"report_type": ["Initial report", "Follow-up report"], "cyber": ["Yes", "No", "Don't know"],
          "likelihood": ["Very likely", "Likely", "Neutral - neither likely nor unlikely", "Unlikely", "Very unlikely", "Not yet known"]}


def same(got, wanted, what):
    """As equal(), for things that hold people: says that they differ, never how."""
    expect(got == wanted, "%s differ: %d and %d" % (what, len(got), len(wanted)))


def read_register():
    with open(os.path.join(EXAMPLES, "legislators.csv"), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    return rows[0], rows[1:]


def make_sent(house, header, rows):
    """Some with their ids and some columns, some unknown to the register, some by e-mail and name alone, one that means two."""
    at = {name: i for i, name in enumerate(header)}

    def cells(row, *names):
        return [row[at[n]] if n in names else "" for n in SENT]

    sent = [cells(row, "External Identifier", "First Name", "Last Name", "Street Address", "City", "State", "Postal Code")
            for row in rows[150::97]]
    sent += [cells(row, *SENT) for row in rows[40::1001]]
    with_email = [row for row in rows if row[at["Email"]]]
    sent += [cells(row, "First Name", "Last Name", "Email", "Phone") for row in with_email[7::131]]
    for i in range(6):
        sent.append(["", "ZZ-%04d" % i, "Edda", "Marrow%d" % i, "edda%d@people.example" % i, "14 Sample Street", "Anytown", "ZZ", "ZZ1 1ZZ", ""])
    sent.append(["", "", "Ines", "Calloway", "ines@people.example", "", "", "", "", "0"])
    both = cells(rows[11], "Contact ID")
    both[SENT.index("External Identifier")] = rows[12][at["External Identifier"]]
    sent.append(both)
    with open(house.path("sent.csv"), "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([SENT] + sent)
    return sent


def prepare(house):
    os.symlink(os.path.abspath(EXAMPLES), house.path("examples"))
    header, rows = read_register()
    return header, rows, make_sent(house, header, rows)


def commands():
    for line in STORY.replace("\\\n", " ").strip().splitlines():
        yield shlex.split(line)[1:]


def expected(header, rows, sent):
    m = Model()
    said = m.import_rows("crm", header, rows, instant("2018-06-15T09:00:00Z"), True, False)
    recorded = instant("2018-06-16T09:00:00Z")
    m.add_recipient("pellwick", ["ballot"], ["first_name", "last_name", "email"])
    m.record_file("pellwick", "ballot", "2018-03-02", "crm", SENT, sent, recorded)
    m.record_rule("pellwick", "ballot", "2018-05-01", 'status = "member"', ("first_name", "last_name"), recorded)
    made = m.create("pellwick", "ballot", ("first_name", "last_name", "email"), 'status = "member" and gender = "Female"', instant("2018-07-01T10:00:00Z"))
    m.open(["pellwick"], "2018-10-20", "2018-10-29", instant("2018-10-29T15:00:00Z"))
    return m, said, made, m.scope(m.incidents[0])


def check_handover(got, h, what):
    equal(got["handover"], h.id, what)
    equal(got["evidence"], h.evidence, what + ", evidence")
    equal(got["people"], len(h.given), what + ", people")
    equal(sorted(got["fields"]), h.fields, what + ", fields")
    expect(isinstance(got["log_index"], int), what + ": no log index")


def check_recorded(got, h, what):
    check_handover(got, h, what)
    equal(got["kind"], h.kind, what + ", kind")
    equal([got["matched"], got["file_only"], got["ambiguous"]], [h.matched, h.file_only, h.ambiguous], what + ", matched, file only, ambiguous")


def check_created(house, got, h, left_out):
    check_handover(got, h, "the hand-over that is made")
    equal(got["left_out"], left_out, "left out")
    equal(os.path.basename(got["file"]), "ballot.csv", "file")
    with open(house.path("ballot.csv"), "rb") as file:
        data = file.read()
    equal(got["sha256"], hashlib.sha256(data).hexdigest(), "its hash")
    made = list(csv.reader(data.decode("utf-8-sig").splitlines()))
    equal(len(made) - 1, len(h.given), "its rows")
    given = sorted(tuple(sorted(next(iter(p.whole.texts(k, h.sent[0])), "") for k in ("first_name", "last_name", "email"))) for p in h.given)
    same(sorted(tuple(sorted(row)) for row in made[1:]), given, "the rows of the file and the people chosen")


def check_scope(got, wanted):
    equal([got["incident"], got["version"]], ["I1", 1], "incident and version")
    for key in ("affected", "members", "former", "other", "file_only", "evidence", "handovers", "deceased", "erased", "past_end"):
        equal(got[key], wanted[key], key)
    equal({f["field"]: f["people"] for f in got["fields"]}, wanted["fields"], "people per field")
    categories = {f["field"]: f["category"] for f in got["fields"]}
    for key, category in (("first_name", "identity"), ("last_name", "identity"), ("email", "contact"), ("postal_code", "contact"),
                          ("phone", "contact"), ("membership", "membership")):
        equal(categories[key], category, "category of " + key)


def check_ico(text):
    at = 0
    for n, (key, label) in enumerate(ICO, 1):
        found = text.find(label, at)
        expect(found >= 0, "field %d (%s) is not in the report, or not in the form's order" % (n, key))
        at = found + len(label)


def run_story(house, json):
    """All commands; the answers of those that change something, in order."""
    answers = []
    for argv in commands():
        more = ("--json",) if json and "--json" not in argv else ()
        answers.append(house.raw(*argv, *more).exits(0))
    return answers


def the_story_gives_every_number_of_the_model(house):
    header, rows, sent = prepare(house)
    m, said, made, scope = expected(header, rows, sent)
    h1, h2, h3 = m.handovers
    a = run_story(house, True)
    got = a[2].json()
    for key, value in said.items():
        equal(got[key], value, "import, " + key)
    check_recorded(a[4].json(), h1, "the file that was sent")
    expect(h1.file_only == 7 and h1.ambiguous == 1, "sent.csv is not what this test needs")
    got = a[5].json()
    check_handover(got, h2, "the rule")
    equal(got["kind"], "rule", "its kind")
    check_created(house, a[6].json(), h3, made["left_out"])
    got = a[7].json()
    equal([got["incident"], got["report_due"]], ["I1", "2018-11-01T14:05:00Z"], "incident and report due")
    answer = a[8].json()
    check_scope(answer, scope.numbers(instant("2018-10-29T16:00:00Z"), m.zone, {f["field"]: f["category"] for f in answer["fields"]}))
    got = house.raw("-C", "d", "incident", "scope", "I1", "--people", "--now", "2018-10-29T16:00:00Z").exits(0).out
    lines = ["%s\t%s" % (line.split("\t")[0], ",".join(sorted(line.split("\t")[1].split(",")))) for line in got.splitlines()]
    same(sorted(lines), scope.lines(m.sources), "the lines of people")
    check_ico(a[9].json()["text"])
    house.raw("-C", "d", "log", "verify").exits(0)


def the_report_has_its_fields_and_items_in_order(house):
    prepare(house)
    run_story(house, False)
    draft = ("-C", "d", "report", "draft", "I1", "--now", "2018-10-29T16:00:00Z", "--to")
    ico = house.raw(*draft, "ico").exits(0).out
    check_ico(ico)
    page, at = house.raw(*draft, "markdown").exits(0).out, -1
    for item in NINE:
        found = page.find(item)
        expect(found > at, "%s is not in the report as Markdown, or not in order" % item)
        at = found
    doc = house.raw(*draft, "json").exits(0).json()
    lists = [v for v in find_lists(doc) if v and all(isinstance(x, dict) and "id" in x for x in v)]
    ids = [[x["id"] for x in v] for v in lists]
    expect([k for k, _ in ICO] in ids, "the 33 fields are not in the report as JSON")
    expect(NINE in ids, "the nine items are not in the report as JSON")
    form = next(v for v in lists if [x["id"] for x in v] == [k for k, _ in ICO])
    for field, (key, label) in zip(form, ICO):
        equal(field["label"], label, "label of " + key)
        for option in field.get("options") or ():
            expect(key not in ONE_OF or option in ONE_OF[key], "%s: not the form's words" % key)
    for entry in form + next(v for v in lists if [x["id"] for x in v] == NINE):
        expect(any(isinstance(v, str) and v.strip() for k, v in entry.items() if k not in ("id", "label", "part", "type")), "%s is empty" % entry["id"])
    for text in (ico, page):
        expect("members.example" not in text and "people.example" not in text, "an address of somebody affected is in the report")
    house.raw("-C", "d", "log", "verify").exits(0)


def find_lists(value):
    if isinstance(value, list):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for v in inner:
        yield from find_lists(v)


def the_same_again_in_a_new_folder_gives_the_same(house):
    numbers = []
    for name in ("one", "two"):
        os.mkdir(house.path(name))
        other = House(house.program, house.path(name))
        prepare(other)
        scope = run_story(other, name == "one")[8].json()
        for key in ("log_index", "at"):  # the clock of a command runs on
            scope.pop(key, None)
        numbers.append(scope)
    equal(numbers[0], numbers[1], "the scope")


def nothing_that_is_printed_names_anybody(house):
    header, rows, sent = prepare(house)
    at = {n: i for i, n in enumerate(header)}
    secret = {row[at["Email"]] for row in rows} | {"%s %s" % (row[at["First Name"]], row[at["Last Name"]]) for row in rows} | \
        {"%s, %s" % (row[at["Last Name"]], row[at["First Name"]]) for row in rows} | {row[SENT.index("Email")] for row in sent}
    secret = {s for s in secret if len(s) > 8}
    for a in run_story(house, False) + [house.raw("-C", "d", "incident", "show", "I1").exits(0), house.raw("-C", "d", "handover", "list").exits(0)]:
        said = a.out + a.err
        if any(s in said for s in secret):
            raise Failed("%s prints somebody's name or address" % " ".join(a.argv[2:4]))


run_all([the_story_gives_every_number_of_the_model, the_report_has_its_fields_and_items_in_order,
         the_same_again_in_a_new_folder_gives_the_same, nothing_that_is_printed_names_anybody])
