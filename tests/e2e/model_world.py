"""Invented people for the model, in fourteen scripts: who is in the exports and the files that a random world takes in."""
import datetime

NAMES = [  # family and first names; all differ also without marks
    (("Quillfeather", "Ormsby-Vane", "Håkonstad", "Žemaitė", "D'Aubrey"), ("Ada", "Bea", "Cyd", "Zoë", "Liv")),
    (("Кудрявый", "Полозова", "Жаркой"), ("Вера", "Илья", "Олег")), (("Καλλίδης", "Φωτεινού"), ("Ζωή", "Νίκος")),
    (("الصافي", "النجدي"), ("ليلى", "سامي")), (("כרמלי", "שדות"), ("נועה", "גיל")), (("शर्वाल", "मेघवन"), ("आशा", "नील")),
    (("সোনালী", "মাঠপাড়া"), ("রীতা", "অমল")), (("மலர்வன்", "கடலூரன்"), ("கவி", "மணி")), (("ทองดีงาม", "ใจกล้า"), ("มาลี", "สมชัย")),
    (("მთვარიძე", "წყაროელი"), ("ნინო", "გია")), (("Լուսինեան", "Քարակերտ"), ("Անի", "Արամ")), (("김달빛", "박새벽"), ("하늘", "바람")),
    (("林月光", "山野田"), ("晨星", "小雨")), (("ホシゾラ", "アサギリ"), ("ハルカ", "ソラ")),
]
HEADER = ["Contact ID", "External Identifier", "First Name", "Last Name", "Gender", "Birth Date", "Street Address", "City", "State",
          "Postal Code", "Phone", "Email", "Party", "Deceased", "No Bulk Emails (User Opt Out)", "Membership Type", "Member Since",
          "Membership Start Date", "Membership Expiration Date", "Membership Status"]
DESK_HEADER = ["Member No", "First Name", "Last Name", "Email", "State", "Gender", "Party"]
DESK_MAP = "Member No = id member_no\n"
STATES = ("NY", "NJ", "CA", "TX")


def day_text(rng, first, last):
    first, last = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    return (first + datetime.timedelta(days=rng.randrange((last - first).days + 1))).isoformat()


class Invented:
    """Somebody in the sources that the imports come from."""

    def __init__(self, rng, no, names=NAMES):
        families, firsts = rng.choice(names)
        self.no, self.member_no = no, "D%04d" % no
        self.row = r = dict.fromkeys(HEADER, "")
        r["Contact ID"] = str(1000 + no)
        r["External Identifier"] = "E%05d" % no if rng.random() < 0.8 else ""
        r["First Name"], r["Last Name"] = rng.choice(firsts), rng.choice(families)
        r["Gender"] = rng.choice(("Female", "Male", ""))
        r["Birth Date"] = rng.choice((day_text(rng, "1930-01-01", "1999-01-01"), day_text(rng, "2000-02-01", "2008-01-01"),
                                      day_text(rng, "1890-01-01", "1910-01-01"), "", day_text(rng, "1940-01-01", "1999-01-01")))
        self.address(rng, no)
        r["Phone"] = "+44 1632 96%04d" % no if rng.random() < 0.5 else ""
        r["Email"] = "p%d@people.example" % no if rng.random() < 0.7 else ""
        r["Party"] = rng.choice(("", "", "Lantern", "Harbour"))
        r["No Bulk Emails (User Opt Out)"] = rng.choice(("Yes", "No", "No"))
        self.periods(rng)

    def address(self, rng, no):
        if rng.random() < 0.7:
            self.row.update({"Street Address": "%d Sample Street, \"Old\" Mill" % no, "City": "Anytown",
                             "State": rng.choice(STATES), "Postal Code": "ZZ%d %dZZ" % (no % 90, no % 9)})

    def periods(self, rng):
        """(start, end, status, since) of each membership."""
        kind = rng.choice(("current", "current", "current", "open", "expired", "expired", "rejoined", "cancelled", "pending", "dead", "lapsing",
                           "lapsing", "renewed", "never"))
        start = day_text(rng, "1990-01-01", "2016-12-31")
        later = (datetime.date.fromisoformat(start) + datetime.timedelta(days=300)).isoformat()
        past = day_text(rng, later, "2017-12-31")
        self.list = {
            "current": [(start, day_text(rng, "2019-01-01", "2022-01-01"), "Current", "")],
            "open": [(start, "", "Current", "1989-05-05")], "expired": [(start, past, "Expired", "")],
            "rejoined": [("1985-01-01", "1987-06-30", "Expired", ""), (start, "2019-06-30", "Current", "")],
            "cancelled": [(start, day_text(rng, "2017-11-01", "2018-12-31"), "Cancelled", "")],
            "pending": [("", "", "Pending", "")], "dead": [(start, past, "Deceased", "")],
            "lapsing": [(start, day_text(rng, "2018-01-12", "2018-12-15"), "Current", "")],
            "renewed": [(start, "2017-12-31", "Grace", "")], "never": [("", "", "", "")]}[kind]
        self.row["Deceased"] = "Yes" if kind == "dead" else rng.choice(("No", ""))
        self.kind = kind

    def rows(self, header):
        for start, end, status, since in self.list if "Membership Status" in header else self.list[:1]:
            row = dict(self.row, **{"Membership Start Date": start, "Membership Expiration Date": end, "Membership Status": status,
                                    "Member Since": since, "Membership Type": "Full" if start else ""})
            yield [row[n] for n in header]

    def desk_row(self, rng):
        """What another office says of the same person; it contradicts the first in what people are chosen by."""
        r = self.row
        return [self.member_no, r["First Name"], r["Last Name"], r["Email"], rng.choice(STATES + ("", r["State"])),
                rng.choice(("Female", "Male", "", r["Gender"])), rng.choice(("", "Lantern", "Harbour"))]

    def pair(self, rng, other):
        """A couple at one address, or two of one name there who differ by their birth dates, or not even by these."""
        for name in ("Street Address", "City", "State", "Postal Code", "Email", "Last Name"):
            self.row[name] = other.row[name]
        if rng.random() < 0.5:
            self.row["First Name"] = other.row["First Name"]
            self.row["Birth Date"] = rng.choice((day_text(rng, "1912-01-01", "1929-12-31"), ""))
        elif self.row["First Name"] == other.row["First Name"]:
            self.row["First Name"] += "bel"

    def change(self, rng, no):
        what, r = rng.randrange(9), self.row
        if what == 0:
            r["Email"] = "new%d@people.example" % no
        elif what == 1:
            r["Phone"] = "" if r["Phone"] else "+44 1632 97%04d" % no
        elif what == 2:
            self.address(rng, no + 5000)
        elif what == 3:
            r["Last Name"] = "Newname-%d" % no
        elif what == 4:
            r["Email"] = ""
        elif what == 5 and self.kind in ("current", "open"):
            self.list = [(s, rng.choice(("2018-06-30", "2018-01-10")), "Cancelled", since) for s, _, _, since in self.list]
            self.kind = "cancelled"
        elif what == 6 and r["External Identifier"]:
            r["Contact ID"] = str(30000 + 20 * self.no + no)
        elif what == 7 and self.kind == "expired":
            self.list, self.kind = self.list + [("2018-02-01", "", "Current", "")], "rejoined"
        else:
            r["Gender"], r["Party"] = rng.choice(("Female", "Male", "")), rng.choice(("", "Lantern"))
