"""The oracle's people: times, values with their times, what somebody was when, and selections.

Times are seconds since 1970 UTC (EARLY and LATE where unknown), days are dates."""
import datetime
import re
import unicodedata
import zoneinfo

EARLY, LATE = -(1 << 62), 1 << 62

# Columns of the exports that the tests write: what they are, and the field that counts as given.
ID, PERIOD_START, PERIOD_END, SINCE, TYPE, STATUS, OBJECTION, DECEASED, FIELD, MARK = range(10)
COLUMNS = {
    "Contact ID": (ID, "contact_id"), "External Identifier": (ID, "external_identifier"), "Member No": (ID, "member_no"),
    "Membership Start Date": (PERIOD_START, "membership"), "Membership Expiration Date": (PERIOD_END, "membership"),
    "Member Since": (SINCE, "membership"), "Membership Type": (TYPE, "membership"), "Membership Status": (STATUS, "membership"),
    "No Bulk Emails (User Opt Out)": (OBJECTION, "contact_choices"), "Deceased": (DECEASED, "deceased"),
    "On Hold": (MARK, "contact_choices"), "Do Not Email": (MARK, "contact_choices"), "Contact Type": (MARK, "contact_choices"),
}
for _label in ("First Name", "Middle Name", "Last Name", "Gender", "Birth Date", "Street Address", "City", "State", "Postal Code",
               "Country", "Phone", "Email", "Party", "Sort Name", "Display Name"):
    COLUMNS[_label] = (FIELD, _label.lower().replace(" ", "_"))
SPECIAL = ("party",)
SEVERAL = ("email", "phone")  # a person has as many as she is said to have
WORDS_FORMER = ("cancelled", "expired", "deceased")
WORDS_MEMBER = ("current", "new", "grace")
OBJECTED = ("newsletter", "fundraising")


def column(name):
    return COLUMNS[name]


# --- time ---

class Zone:
    def __init__(self, name):
        self.zone = zoneinfo.ZoneInfo(name)

    def day(self, at):
        return datetime.datetime.fromtimestamp(at, self.zone).date()

    def start(self, day):
        return int(datetime.datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp())

    def end(self, day):
        return self.start(day + datetime.timedelta(days=1)) - 1

    def range(self, text):
        """(earliest, latest) of a time as it is typed."""
        if ".." in text:
            first, last = text.split("..")
            return self.range(first)[0], self.range(last)[1]
        if text in ("unknown", "ongoing"):
            return EARLY, LATE
        if "T" in text:
            at = instant(text)
            return at, at
        parts = [int(x) for x in text.split("-")]
        first = datetime.date(*(parts + [1, 1])[:3])
        if len(parts) == 3:
            last = first
        elif len(parts) == 2:
            last = (first + datetime.timedelta(days=32)).replace(day=1) - datetime.timedelta(days=1)
        else:
            last = first.replace(month=12, day=31)
        return self.start(first), self.end(last)


def instant(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def day_of(text):
    return datetime.date.fromisoformat(text)


def years_before(day, years):
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, month=3, day=1)


def add_months(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 0, -1):
        try:
            return datetime.date(year, month + 1, last)
        except ValueError:
            pass
    raise AssertionError


# --- values ---

def fold_name(text):
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(c for c in plain.casefold() if c.isalnum())


def fold_email(text):
    return text.strip().casefold()


def fold_postcode(text):
    return "".join(text.split()).upper()


FOLDS = {"email": fold_email, "postal_code": fold_postcode}


class Value:
    """One text of a field from a source, from `since` (of the first ever: from always) until before `until`."""

    def __init__(self, text, since, first):
        self.text, self.since, self.until, self.first = text, since, LATE, first

    def at(self, t):
        return (self.first or self.since <= t) and t < self.until

    def meets(self, start, end):
        return (self.first or self.since <= end) and start < self.until


class Person:
    def __init__(self, file_only):
        self.values = {}   # (source, key) -> [Value]
        self.periods = []  # (first, end); end None: goes on
        self.word, self.word_since = None, LATE
        self.dead = False
        self.objects = set()  # purposes, now
        self.sources = {}     # name -> ("there" | "gone", since)
        self.file_only = file_only
        self.start = None     # day on which retention starts beside the periods

    def all_texts(self, key, source=None):
        return {v.text for (s, k), list_ in self.values.items() if k == key and source in (None, s) for v in list_}

    def texts(self, key, at):
        return {v.text for (_, k), list_ in self.values.items() if k == key for v in list_ if v.at(at)}

    def voices(self, key, at):
        """What each source says then, of those that say something."""
        return [texts for (_, k), list_ in self.values.items() if k == key for texts in [{v.text for v in list_ if v.at(at)}] if texts]

    def has(self, key, start, end):
        return any(v.meets(start, end) for (_, k), list_ in self.values.items() if k == key for v in list_)

    def say(self, source, key, text, now):
        """From now on the source says this text; True where that is new."""
        list_ = self.values.setdefault((source, key), [])
        live = [v for v in list_ if v.until == LATE]
        if text and any(v.text == text for v in live):
            return False
        for v in live:
            v.until = now
        if text:
            list_.append(Value(text, now, not list_))
        return bool(text or live)

    def add(self, source, key, text, now):
        list_ = self.values.setdefault((source, key), [])
        if not any(v.text == text and v.until == LATE for v in list_):
            list_.append(Value(text, now, not list_))

    def birth(self, at):
        for text in self.texts("birth_date", at):
            return day_of(text)
        return None

    def gone_since(self):
        """None: is in a source, or never was in one."""
        if not self.sources or any(state == "there" for state, _ in self.sources.values()):
            return None
        return max(since for _, since in self.sources.values())

    def begun(self, day):
        return [p for p in self.periods if p[0] <= day]

    def status(self, at, zone):
        status = self._status(at, zone.day(at))
        gone = self.gone_since()
        return "former" if status == "member" and gone is not None and gone <= at else status

    def _status(self, at, day):
        begun = self.begun(day)
        if self.word and (self.word_since <= at or not self.periods):
            if self.word in WORDS_FORMER:
                return "former"
            if self.word == "pending":
                return "applicant"
            if not begun:
                return "member"
        if any(end is None or day <= end for _, end in begun):
            return "member"
        if begun:
            return "former"
        if self.file_only and not self.sources:
            return "file-only"
        return "other"

    def left(self, at, zone):
        if self.status(at, zone) != "former":
            return None
        begun = self.begun(zone.day(at))
        if not begun:
            return None
        ends = [end for _, end in begun]
        if None not in ends and max(ends) < zone.day(at):
            return max(ends)
        if self.word in WORDS_FORMER:
            return zone.day(self.word_since)
        return zone.day(self.gone_since())

    def deceased(self, at, zone):
        born = self.birth(at)
        return self.dead or bool(born and born < years_before(zone.day(at), 110))

    def under_18(self, at, zone):
        born = self.birth(at)
        return bool(born and born > years_before(zone.day(at), 18))

    def past_end(self, at, zone):
        """By the rules that a new installation has.  Months after: leaving; applying; becoming known from a file."""
        status, today = self.status(at, zone), zone.day(at)
        if status == "member":
            return False
        special = any(self.texts(key, at) for key in SPECIAL)
        if status == "former":
            left = self.left(at, zone)
            start = left or (zone.day(self.word_since) if self.word in WORDS_FORMER else None)
            return bool(start) and today > add_months(start, 0 if special else 6)
        start = self.start
        gone = self.gone_since()
        if gone is not None and status != "file-only":
            start = max(start or datetime.date.min, zone.day(gone))
        return bool(start) and today > add_months(start, {"applicant": 6, "file-only": 3, "other": 24}[status])

    def name_of(self):
        """As the list of people names her: external identifier, else an id of a source, else a number of our own."""
        for key in ("external_identifier", "contact_id", "member_no"):
            for (_, k), list_ in sorted(self.values.items()):
                live = [v.text for v in list_ if v.until == LATE]
                if k == key and live:
                    return live[0]
        return "#"


# --- selections ---

TOKEN = re.compile(r'\s*(?:(?P<text>"(?:[^"]|"")*")|(?P<op>[(),]|!=|<=|>=|=|<|>)|(?P<word>[A-Za-z_][A-Za-z0-9_]*|\d{4}-\d\d-\d\d))')


class Selection:
    """Comparisons joined by and, or, not; true, false, or None where nobody knows."""

    def __init__(self, text):
        self.tokens, at = [], 0
        text = text.strip()
        while at < len(text):
            m = TOKEN.match(text, at)
            if not m:
                raise ValueError(text[at:])
            self.tokens.append(m.group("text") or m.group("op") or m.group("word"))
            at = m.end()
        self.names = set()
        self.tree = self._or()
        if self.tokens:
            raise ValueError(self.tokens)

    def _next(self, *wanted):
        if self.tokens and self.tokens[0].lower() in wanted:
            return self.tokens.pop(0).lower()
        return None

    def _or(self):
        parts = [self._and()]
        while self._next("or"):
            parts.append(self._and())
        return ("or", parts)

    def _and(self):
        parts = [self._not()]
        while self._next("and"):
            parts.append(self._not())
        return ("and", parts)

    def _not(self):
        if self._next("not"):
            return ("not", [self._not()])
        if self._next("("):
            inner = self._or()
            assert self._next(")")
            return inner
        name = self.tokens.pop(0)
        self.names.add(name)
        negated = bool(self._next("not"))
        if self._next("in"):
            assert self._next("(")
            values = [self._value()]
            while self._next(","):
                values.append(self._value())
            assert self._next(")")
            return ("not", [("term", (name, "=", values))]) if negated else ("term", (name, "=", values))
        op = self.tokens.pop(0)
        term = ("term", (name, "=" if op == "!=" else op, [self._value()]))
        return ("not", [term]) if op == "!=" else term

    def _value(self):
        token = self.tokens.pop(0)
        return token[1:-1].replace('""', '"') if token[0] == '"' else token

    def given(self):
        """The fields that the choice tells."""
        return {"membership" if n in ("status", "joined", "left") else n for n in self.names}

    def holds(self, person, at, zone):
        return self._eval(self.tree, person, at, zone)

    def _eval(self, node, person, at, zone):
        kind, parts = node
        if kind == "term":
            return self._term(parts, person, at, zone)
        found = [self._eval(p, person, at, zone) for p in parts]
        if kind == "not":
            return None if found[0] is None else not found[0]
        end = kind == "or"
        if end in found:
            return end
        return None if None in found else not end

    @staticmethod
    def _term(term, person, at, zone):
        name, op, values = term
        if name == "status":
            status = person.status(at, zone)
            return status in values
        if name == "left":
            left = person.left(at, zone)
            have = {left.isoformat()} if left else set()
        elif name in SEVERAL:
            have = person.texts(name, at)
        else:  # sources that say different things contradict each other
            said = {Selection._compare(name, op, values, texts) for texts in person.voices(name, at)}
            return None if len(said) > 1 else bool(said) and said.pop()
        return Selection._compare(name, op, values, have)

    @staticmethod
    def _compare(name, op, values, have):
        if op == "=":
            fold = FOLDS.get(name, lambda text: unicodedata.normalize("NFC", text).casefold())
            return bool({fold(h) for h in have} & {fold(v) for v in values})
        test = {"<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b}[op]
        return any(test(h, values[0]) for h in have)
