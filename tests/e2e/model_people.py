"""The model's people: times, values with their times, what somebody was when, and selections.

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
SUREST_STATUS = ("member", "former", "applicant", "other", "file-only")


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


KEPT = 90 * 86400  # how long a past value is kept; then only that there was one, and whether it equals a guess


class Value:
    """One text of a field from a source, from `since` (of the first ever: from always) until before `until`."""

    def __init__(self, text, since, first):
        self.text, self.since, self.until, self.first, self.forgotten = text, since, LATE, first, False

    def at(self, t):
        return (self.first or self.since <= t) and t < self.until

    def meets(self, start, end):
        return (self.first or self.since <= end) and start < self.until


class Record:
    """What one source or several say of somebody.  Several records may be one person's: `whole` is the person."""

    def __init__(self, ordinal, file_only):
        self.ordinal = ordinal
        self.whole = Whole([self])
        self.values = {}   # (source, key) -> [Value]
        self.others = set()  # details beside these: membership, choices, a death
        self.periods = []  # (first, end); end None: goes on
        self.word, self.word_since = None, LATE
        self.dead = False
        self.said_no = {}     # source -> whether its last file had an objection
        self.objections = []  # [purpose, recipient or None, whether a file said it], that hold
        self.consents = []    # (kind, purpose, recipient or None, at)
        self.sources = {}     # name -> ("there" | "gone", since)
        self.holds = set()    # breaches
        self.file_only = file_only
        self.start = None     # day on which retention starts beside the periods

    # -- values --

    def said(self, key, source=None):
        return [v for (s, k), list_ in self.values.items() if k == key and source in (None, s) for v in list_]

    def all_texts(self, key, source=None):
        return {v.text for v in self.said(key, source)}

    def now(self, key, source=None):
        return {v.text for v in self.said(key, source) if v.until == LATE}

    def has(self, key, start, end):
        return any(v.meets(start, end) for v in self.said(key))

    def say(self, source, key, text, now):
        """From now on the source says this text; True where that is new."""
        list_ = self.values.setdefault((source, key), [])
        live = [v for v in list_ if v.until == LATE]
        others = [v for v in live if v.text != text]  # files can have said several
        for v in others:
            v.until = now
        new = bool(text) and len(others) == len(live)
        if new:
            list_.append(Value(text, now, not list_))
        return bool(new or others)

    def add(self, source, key, text, now):
        list_ = self.values.setdefault((source, key), [])
        if not any(v.text == text and v.until == LATE for v in list_):
            list_.append(Value(text, now, not list_))

    def forget(self, now):
        """Past values that are no longer kept."""
        for list_ in self.values.values():
            for v in list_:
                v.forgotten = v.forgotten or v.until <= now - KEPT

    # -- what she is, by this record alone --

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
        return "file-only" if self.only_from_files() else "other"

    def only_from_files(self):
        return self.file_only and not self.sources

    def left(self, at, zone):
        if self.status(at, zone) != "former":
            return None
        begun = self.begun(zone.day(at))
        if not begun:
            return None
        ends = [end for _, end in begun]
        if None not in ends and max(ends) < zone.day(at):
            return max(ends)
        if self.word in WORDS_FORMER and self.word_since <= at:
            return zone.day(self.word_since)
        return zone.day(self.gone_since())

    def past_end(self, special, at, zone):
        """By the rules that a new installation has.  Months after: leaving; applying; becoming known from a file."""
        status, today = self.status(at, zone), zone.day(at)
        if status == "member":
            return False
        if status == "former":
            start = self.left(at, zone) or (zone.day(self.word_since) if self.word in WORDS_FORMER else None)
            return bool(start) and today > add_months(start, 0 if special else 6)
        start, gone = self.start, self.gone_since()
        if gone is not None and gone <= at:
            start = max(start or datetime.date.min, zone.day(gone))
        return bool(start) and today > add_months(start, {"applicant": 6, "file-only": 3, "other": 24}[status])

    def name_of(self, sources):
        """As lists name her: external identifier, else an id, by the order in which sources and their ids became known; else our number."""
        for key in ["external_identifier"] + [key for _, key in sources]:
            live = [v for v in self.said(key) if v.until == LATE]
            if live:
                return max(live, key=lambda v: v.since).text
        return "#%d" % self.ordinal


class Whole:
    """A person: all her records.  She is what the surest says; a mark, a choice, a hold, a value of one is hers; gone, and past her
    end, if all are."""

    def __init__(self, records):
        self.records = sorted(records, key=lambda r: r.ordinal)
        self.first = self.records[0]  # it stands for her

    def said(self, key):
        return [(s, v) for r in self.records for (s, k), list_ in r.values.items() if k == key for v in list_]

    def values(self, key, at):
        return [v for _, v in self.said(key) if v.at(at)]

    def texts(self, key, at):
        return {v.text for v in self.values(key, at)}

    def voices(self, key, at):
        """What each source says then, of those that say something."""
        found = {}
        for source, v in self.said(key):
            if v.at(at):
                found.setdefault(source, []).append(v)
        return list(found.values())

    def newest(self, key, at):
        """Of a detail that holds one value what the source with the newest word says, or None."""
        found = self.values(key, at)
        return max(found, key=lambda v: v.since) if found else None

    def has(self, key, start, end):
        return any(r.has(key, start, end) for r in self.records)

    def births(self):
        return [day_of(t) for r in self.records for t in r.now("birth_date")]

    def status(self, at, zone):
        said = {r.status(at, zone) for r in self.records}
        return next(s for s in SUREST_STATUS if s in said)

    def left(self, at, zone):
        if self.status(at, zone) != "former":
            return None
        return max((left for r in self.records for left in [r.left(at, zone)] if left), default=None)

    def joined(self):
        return min((p[0] for r in self.records for p in r.periods), default=None)

    def gone(self):
        """Of those that were in a source, all are gone, and one was."""
        known = [r for r in self.records if r.sources]
        return bool(known) and all(r.gone_since() is not None for r in known)

    def only_from_files(self):
        return all(r.only_from_files() for r in self.records)

    def says_status(self):
        return any(r.periods or r.word for r in self.records)

    def deceased(self, at, zone):
        old = years_before(zone.day(at), 110)
        return any(r.dead or r.word == "deceased" for r in self.records) or any(born < old for born in self.births())

    def under_18(self, at, zone):
        return any(born > years_before(zone.day(at), 18) for born in self.births())

    def past_end(self, at, zone):
        held = {k for r in self.records for _, k in r.values if self.values(k, at)}.union(*(r.others for r in self.records))
        kinds = {key in SPECIAL for key in held}  # where nothing is held, nothing is held too long
        return any(all(r.past_end(special, at, zone) for r in self.records) for special in kinds)

    def objects(self, purpose, recipient):
        return any(o[0] == purpose and o[1] in (None, recipient) for r in self.records for o in r.objections)

    def consents(self, purpose, recipient):
        """To a processor: an agreement to the purpose for it or for all, and no withdrawal for it or for all since."""
        said = [c for r in self.records for c in r.consents if c[1] == purpose and c[2] in (None, recipient)]
        return any(c[0] == "give" and not any(w[0] == "withdraw" and w[3] >= c[3] for w in said) for c in said)

    def held(self):
        return any(r.holds for r in self.records)


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
            return person.status(at, zone) in values
        if name == "left":
            left = person.left(at, zone)
            return bool(left) and Selection._compare(name, op, values, left.isoformat())
        if name in SEVERAL:
            return Selection._any(name, op, values, person.values(name, at))
        said = {Selection._any(name, op, values, voice) for voice in person.voices(name, at)}  # sources that say different things contradict each other
        return None if len(said) > 1 else said.pop() if said else False

    @staticmethod
    def _any(name, op, values, said):
        """Of a value that is no longer kept it can be told that it does not equal a text, and nothing else."""
        found = set()
        for v in said:
            if v.forgotten and op != "=":
                found.add(None)
            else:
                equal = Selection._compare(name, op, values, v.text)
                found.add(None if v.forgotten and equal else equal)
        return True if True in found else None if None in found else False

    @staticmethod
    def _compare(name, op, values, text):
        if op == "=":
            fold = FOLDS.get(name, lambda t: unicodedata.normalize("NFC", t).casefold())
            return fold(text) in {fold(v) for v in values}
        return {"<": text < values[0], ">": text > values[0], "<=": text <= values[0], ">=": text >= values[0]}[op]
