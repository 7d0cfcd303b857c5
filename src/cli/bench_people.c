#include "bench_people.h"

#include "when.h"

#include <string.h>

enum { CELLS_MAX = 2048, PER_POSTCODE = 15, TODAY = 17697 /* 2018-06-15: so that the bytes never change */ };

/* Beginnings and ends of syllables: each beginning goes with each end. */
struct script {
    unsigned weight; /* of a hundred */
    bool capitals;   /* the first letter is a capital: given as a table of its own */
    const char *first[8];
    const char *begin[8];
    const char *end[6];
};

/* clang-format off */
static const struct script scripts[] = {
    {64, true, {"B", "D", "F", "K", "M", "R", "T", "V"}, {"l", "n", "r", "v", "z", "br", "st", "ld"}, {"a", "e", "i", "o", "un", "el"}},
    {6, true, {"Å", "É", "Ö", "Š", "Ø", "Ñ", "Ç", "Ł"}, {"l", "n", "r", "’v", "z", "ß", "st", "-M"}, {"é", "ö", "í", "ą", "ün", "èl"}},
    {4, true, {"Б", "Д", "З", "К", "М", "Р", "Т", "В"}, {"л", "н", "р", "в", "з", "бр", "ст", "лд"}, {"а", "е", "и", "о", "ун", "ель"}},
    {3, true, {"Β", "Δ", "Ζ", "Κ", "Μ", "Ρ", "Τ", "Φ"}, {"λ", "ν", "ρ", "β", "ζ", "βρ", "στ", "λδ"}, {"α", "ε", "ι", "ο", "ουν", "ελ"}},
    {2, true, {"Բ", "Դ", "Զ", "Կ", "Մ", "Ռ", "Տ", "Վ"}, {"լ", "ն", "ր", "վ", "զ", "բր", "ստ", "լդ"}, {"ա", "ե", "ի", "ո", "ուն", "ել"}},
    {2, false, {"ბ", "დ", "ზ", "კ", "მ", "რ", "ტ", "ვ"}, {"ლ", "ნ", "რ", "ვ", "ზ", "ბრ", "სტ", "ლდ"}, {"ა", "ე", "ი", "ო", "უნ", "ელ"}},
    {2, false, {"ב", "ד", "ז", "ק", "מ", "ר", "ט", "ו"}, {"ל", "נ", "ר", "ב", "ז", "בר", "סט", "לד"}, {"א", "ה", "י", "ו", "ון", "אל"}},
    {3, false, {"ب", "د", "ز", "ك", "م", "ر", "ت", "ف"}, {"ل", "ن", "ر", "ب", "ز", "بر", "ست", "لد"}, {"ا", "ة", "ي", "و", "ون", "يل"}},
    {3, false, {"बि", "दा", "जो", "का", "मी", "रू", "ता", "वे"}, {"ल", "न", "र", "व", "ज", "ब", "स", "द"}, {"ा", "े", "ि", "ो", "ु", "ी"}},
    {2, false, {"বি", "দা", "জো", "কা", "মী", "রূ", "তা", "বে"}, {"ল", "ন", "র", "ব", "জ", "প", "স", "দ"}, {"া", "ে", "ি", "ো", "ু", "ী"}},
    {2, false, {"பி", "தா", "ஜோ", "கா", "மீ", "ரூ", "தே", "வே"}, {"ல", "ந", "ர", "வ", "ச", "ப", "ம", "த"}, {"ா", "ே", "ி", "ோ", "ு", "ீ"}},
    {1, false, {"บิ", "ดา", "โซ", "กา", "มี", "รู", "ทา", "เว"}, {"ล", "น", "ร", "ว", "ซ", "บ", "ส", "ด"}, {"า", "ี", "ิ", "ู", "ุ", "ะ"}},
    {2, false, {"바", "도", "루", "카", "미", "라", "토", "비"}, {"르", "니", "로", "벼", "즈", "브", "스", "드"}, {"아", "에", "이", "오", "운", "엘"}},
    {2, false, {"柏", "冬", "泽", "岚", "苇", "柯", "舟", "澜"}, {"若", "砚", "棠", "渡", "霁", "蓝", "禾", "岸"}, {"石", "羽", "川", "茗", "衡", "月"}},
    {2, false, {"バ", "ド", "ル", "カ", "ミ", "ラ", "ト", "ビ"}, {"リ", "ニ", "ロ", "ヴ", "ズ", "ブ", "ス", "デ"}, {"ア", "エ", "イ", "オ", "ン", "エル"}},
};

/* Kept free for fiction: no such number rings. */
static const char *const phones[] = {
    "07700 900", "020 7946 0", "0113 496 0", "0114 496 0", "0115 496 0", "0116 496 0", "0117 496 0", "0118 496 0",
    "0121 496 0", "0131 496 0", "0141 496 0", "0151 496 0", "0161 496 0", "01632 960", "03069 990",
};
static const char *const streets[] = {"Street", "Lane", "Road", "Row", "Close", "Way", "Hill", "Court"};
static const char *const towns[] = {"ford", "mere", "bury", "wick", "stead", "combe", "haven", "low"};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* splitmix64 */
static uint64_t draw(struct bench_people *b)
{
    uint64_t z = b->state += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static uint32_t below(struct bench_people *b, uint32_t n)
{
    return (uint32_t)((draw(b) >> 32) * n >> 32);
}

static bool chance(struct bench_people *b, uint32_t percent)
{
    return below(b, 100) < percent;
}

static const struct script *draw_script(struct bench_people *b)
{
    uint32_t n = below(b, 100);
    for (size_t i = 0; i < COUNT(scripts); i++) {
        if (n < scripts[i].weight)
            return &scripts[i];
        n -= scripts[i].weight;
    }
    return &scripts[0];
}

static void put_name(struct bench_people *b, const struct script *s, uint32_t syllables, struct buf *to)
{
    buf_str(to, s->first[below(b, 8)]);
    if (s->capitals)
        buf_str(to, s->end[below(b, 4)]);
    for (uint32_t i = 0; i < syllables; i++) {
        buf_str(to, s->begin[below(b, 8)]);
        buf_str(to, s->end[below(b, 6)]);
    }
}

static void put_day(struct buf *to, int32_t day)
{
    when_put_day(to, day);
}

/* E-mail, street, city, postcode, telephone: five cells, each followed by a comma. */
static void put_home(struct bench_people *b, uint64_t i)
{
    const struct script *latin = &scripts[0];
    struct buf *to = &b->home;
    buf_clear(to);
    if (!chance(b, 8)) {
        uint32_t syllable = below(b, 8);
        buf_fmt(to, "%s%s%llu@members.example", latin->begin[syllable], latin->end[below(b, 6)], (unsigned long long)i + 1);
    }
    bool flat = chance(b, 15);
    buf_str(to, ",");
    if (flat)
        buf_fmt(to, "\"Flat %u, ", 1 + below(b, 40));
    buf_fmt(to, "%u ", 1 + below(b, 240));
    put_name(b, latin, 1, to);
    buf_fmt(to, " %s%s,", streets[below(b, COUNT(streets))], flat ? "\"" : "");
    /* The town goes with the postcode. */
    uint32_t place = below(b, (uint32_t)(b->count / PER_POSTCODE + 1));
    buf_fmt(to, "%s%s%s,", latin->first[place % 8], latin->end[place / 8 % 4], towns[place / 32 % COUNT(towns)]);
    buf_fmt(to, "%c%c%u %u%c%c,", "QVX"[place % 3], 'A' + (char)(place / 3 % 26), 1 + place / 78 % 90, place / 7020 % 10, 'A' + (char)(place / 70200 % 26),
            'A' + (char)(place / 1825200 % 26));
    if (!chance(b, 25))
        buf_fmt(to, "%s%03u", phones[below(b, COUNT(phones))], below(b, 1000));
    buf_str(to, ",");
}

/* "start,end,status": the newest membership of somebody. */
struct membership {
    int32_t start, end;
    const char *status;
};

static struct membership draw_membership(struct bench_people *b, int32_t born)
{
    int32_t youngest = born == DAY_UNKNOWN ? TODAY - 50 * 365 : born + 16 * 365;
    int32_t first = youngest < TODAY - 60 * 365 ? TODAY - 60 * 365 : youngest;
    int32_t span = TODAY - first > 800 ? TODAY - first : 800;
    struct membership m = {.start = TODAY - span + (int32_t)below(b, (uint32_t)span - 400)};
    uint32_t kind = below(b, 100);
    int32_t years = (TODAY - m.start) / 365;
    m.end = when_add_months(m.start, 12 * (years + 1));
    m.status = "Current";
    if (kind < 45)
        return m;
    m.end = when_add_months(m.start, 12 * (1 + (int32_t)below(b, (uint32_t)(years > 0 ? years : 1))));
    m.end = m.end < TODAY - 1 ? m.end : TODAY - 1;
    m.status = kind < 88 ? "Expired" : kind < 96 ? "Cancelled" : kind < 99 ? "Deceased" : "Pending";
    return m;
}

static void put_row(struct buf *to, struct view person, const struct membership *m)
{
    buf_put(to, person);
    put_day(to, m->start);
    buf_u8(to, ',');
    put_day(to, m->end);
    buf_fmt(to, ",%s\n", m->status);
}

void bench_people_start(struct bench_people *b, uint64_t count, uint64_t seed)
{
    *b = (struct bench_people){.state = seed * 0x2545f4914f6cdd1dull + 1, .count = count, .home = BUF(CELLS_MAX), .last = BUF(CELLS_MAX)};
}

void bench_people_end(struct bench_people *b)
{
    buf_free(&b->home);
    buf_free(&b->last);
}

void bench_people_header(struct buf *to)
{
    buf_str(to, "Contact ID,External Identifier,First Name,Last Name,Email,Street Address,City,Postal Code,Phone,Birth Date,Gender,"
                "Membership Start Date,Membership Expiration Date,Membership Status\n");
}

static void put_person(struct bench_people *b, uint64_t i, int32_t born, struct buf *to)
{
    static const char *const genders[] = {"Female", "Male", "Other", ""};
    const struct script *s = draw_script(b);
    bool couple = i > 0 && chance(b, 12);
    buf_fmt(to, "%llu,M%07llu,", (unsigned long long)i + 1, (unsigned long long)i + 1);
    put_name(b, s, 1 + below(b, 2), to);
    buf_u8(to, ',');
    if (!couple) {
        buf_clear(&b->last);
        put_name(b, s, 2 + below(b, 2), &b->last);
        put_home(b, i);
    }
    buf_put(to, buf_view(&b->last));
    buf_u8(to, ',');
    buf_put(to, buf_view(&b->home));
    if (born != DAY_UNKNOWN)
        put_day(to, born);
    uint32_t gender = below(b, 100);
    buf_fmt(to, ",%s,", genders[gender < 48 ? 0 : gender < 95 ? 1 : gender < 97 ? 2 : 3]);
}

void bench_people_rows(struct bench_people *b, uint64_t i, struct buf *to)
{
    uint8_t memory[CELLS_MAX];
    struct buf person = BUF_FIXED(memory, sizeof memory);
    int32_t born = chance(b, 5) ? DAY_UNKNOWN : TODAY - 15 * 365 - (int32_t)below(b, 80 * 365);
    put_person(b, i, born, &person);
    struct membership m = draw_membership(b, born);
    /* Somebody who left, and came back two years later. */
    if (strcmp(m.status, "Pending") != 0 && chance(b, 7)) {
        struct membership before = {when_add_months(m.start, -60), when_add_months(m.start, -24), "Expired"};
        put_row(to, buf_view(&person), &before);
    }
    put_row(to, buf_view(&person), &m);
}
