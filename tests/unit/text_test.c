#include "testing.h"

#include "limits.h"
#include "mem.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

/* The same word in two forms that compare as equal, in each of fourteen scripts; and one that must differ. */
static const struct {
    const char *script, *a, *b, *other;
} scripts[] = {
    {"Latin", "Stra\u00dfe", "STRASSE", "Strase"},
    {"Greek", "\u039f\u03b4\u03c5\u03c3\u03c3\u03ad\u03b1\u03c2",
     "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u0301\u0391\u03a3", "\u039f\u03b4\u03c5\u03c3\u03ad\u03b1\u03c2"},
    {"Cyrillic", "\u0419\u043e\u0442\u043e\u0432", "\u0438\u0306\u043e\u0442\u043e\u0432",
     "\u0418\u043e\u0442\u043e\u0432"},
    {"Armenian", "\u0531\u0580\u0561\u0574", "\u0561\u0580\u0561\u0574", "\u0561\u0580\u0561"},
    {"Georgian", "\u1c9c\u1c98\u1c9c\u1c9d", "\u10dc\u10d8\u10dc\u10dd", "\u10dc\u10d8\u10dc\u10d0"},
    {"Hebrew", "\ufb2a\u05dc\u05d5\u05dd", "\u05e9\u05c1\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05df"},
    {"Arabic", "\ufee3\ufeae\ufbfe\ufee2", "\u0645\u0631\u06cc\u0645", "\u0645\u0631\u0645"},
    {"Devanagari", "\u0929\u0940\u0924\u093e", "\u0928\u093c\u0940\u0924\u093e", "\u0928\u0924\u093e"},
    {"Bengali", "\u09ac\u09c7\u09be\u09b8", "\u09ac\u09cb\u09b8", "\u09ac\u09b8"},
    {"Tamil", "\u0b95\u0bcb", "\u0b95\u0bc7\u0bbe", "\u0b95\u0bc7"},
    {"Thai", "\u0e19\u0e49\u0e33", "\u0e19\u0e49\u0e4d\u0e32", "\u0e19\u0e33"},
    {"Hangul", "\uae40\ubbfc", "\u1100\u1175\u11b7\u1106\u1175\u11ab", "\uae40\ubbf8"},
    {"Kana", "\uff76\uff9e\uff78", "\u30ac\u30af", "\u30ab\u30af"},
    {"Han", "\uf9e1\u5c0f", "\u674e\u5c0f", "\u674e\u5927"},
};
enum { SCRIPTS = sizeof scripts / sizeof scripts[0] };

static struct buf folded(const char *text, enum text_marks marks)
{
    struct buf b = BUF(1000);
    assert_ok(text_fold(&b, view_text(text), marks));
    assert_int_equal(text_utf8_bad_at(buf_view(&b)), b.len);
    return b;
}

static bool agree(const char *a, const char *b, enum text_marks marks)
{
    CLEANUP(buf_free) struct buf x = folded(a, marks), y = folded(b, marks);
    return view_equal(buf_view(&x), buf_view(&y));
}

static void fourteen_scripts_compare_by_their_letters(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCRIPTS; i++) {
        for (enum text_marks marks = TEXT_MARKS; marks <= TEXT_NO_MARKS; marks++) {
            if (!agree(scripts[i].a, scripts[i].b, marks))
                fail_msg("%s: the two forms differ", scripts[i].script);
            if (agree(scripts[i].a, scripts[i].other, marks))
                fail_msg("%s: another word agrees", scripts[i].script);
        }
    }
    assert_int_equal(SCRIPTS, 14);
}

static void accents_agree_only_without_marks(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"Zo\u00eb", "zoe"},
        {"Nguy\u1ec5n", "nguyen"},
        {"\u03a0\u03b1\u03c0\u03ac\u03c2", "\u03c0\u03b1\u03c0\u03b1\u03c3"},
        {"\u0410\u043b\u0451\u043d\u0430", "\u0430\u043b\u0435\u043d\u0430"},
        {"\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd", "\u05e9\u05dc\u05d5\u05dd"},
        {"\u0623\u064e\u062d\u0645\u062f", "\u0627\u062d\u0645\u062f"},
        {"\u0130zmir", "izmir"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_true(agree(pairs[i][0], pairs[i][1], TEXT_NO_MARKS));
        assert_false(agree(pairs[i][0], pairs[i][1], TEXT_MARKS));
    }
}

static void letters_written_with_marks_stay(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"\u0439", "\u0438"},       /* short i */
        {"\u0457", "\u0456"},       /* yi */
        {"\u30ac", "\u30ab"},       /* ga, ka */
        {"\u0915\u093f", "\u0915"}, /* ki, ka */
        {"\u0995\u09be", "\u0995"}, {"\u0b95\u0bbf", "\u0b95"}, {"\u0e01\u0e34", "\u0e01"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        assert_false(agree(pairs[i][0], pairs[i][1], TEXT_NO_MARKS));
}

static void folding_unifies_typography_and_space(void **state)
{
    (void)state;
    static const struct {
        const char *text, *is;
    } cases[] = {
        {"", ""},
        {" \t\r\n ", ""},
        {"  Alba \t Quimby\n", "alba quimby"},
        {"O\u2019Example", "o'example"},
        {"O\u00b4Example", "o'example"},
        {"O`Example", "o'example"},
        {"O\u02bcEXAMPLE", "o'example"},
        {"\u201cAl\u201d \u00abB\u00bb \u201eC\u201c", "\"al\" \"b\" \"c\""},
        {"A\u2013B\u2014C\u2011D\u2212E", "a-b-c-d-e"},
        {"a\u00a0\u2003\u3000b", "a b"},
        {"a\u200bb\u00adc\ufeff", "abc"},
        {"\uff21\uff22\uff11\uff07", "ab1'"},
        {"\ufb01ne", "fine"},
        {"\u0149", "'n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(buf_free) struct buf b = folded(cases[i].text, TEXT_MARKS);
        assert_string_equal(buf_text(&b), cases[i].is);
    }
}

static size_t encode(uint8_t *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (uint8_t)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        to[i] = (uint8_t)(0x80 | (c & 0x3f));
    static const uint8_t heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    to[0] = (uint8_t)(heads[len] | c);
    return len;
}

/* Every seventh character of Unicode up to the end of plane 1, beside marks that change places with others. */
static void folding_again_changes_nothing(void **state)
{
    (void)state;
    static const char *const behind[] = {"", "\u0345\u0301", "\u0308\u0300", "\u3099", "\u093c"};
    CLEANUP(buf_free) struct buf once = BUF(1000), twice = BUF(1000);
    for (uint32_t c = 1; c < 0x20000; c += 7) {
        if (c >= 0xd800 && c < 0xe000)
            continue;
        uint8_t text[16];
        size_t len = encode(text, c);
        const char *more = behind[c % 5];
        memcpy(text + len, more, strlen(more));
        len += strlen(more);
        for (enum text_marks marks = TEXT_MARKS; marks <= TEXT_NO_MARKS; marks++) {
            buf_clear(&once);
            buf_clear(&twice);
            assert_ok(text_fold(&once, view_of(text, len), marks));
            assert_ok(text_fold(&twice, buf_view(&once), marks));
            if (!view_equal(buf_view(&once), buf_view(&twice)))
                fail_msg("U+%04X folds again", c);
        }
    }
}

/* The short way for ASCII must give what the long way gives: a letter of another kind behind forces the long one. */
static void ascii_folds_alike_alone_and_beside_other_letters(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        char text[40];
        size_t len = 0;
        for (; len < sizeof text - 4 && (seed = seed * 1664525 + 1013904223) >> 28; len++)
            text[len] = (char)((seed >> 12) % 127 + 1);
        memcpy(text + len, " \u00e9", 4);
        CLEANUP(buf_free) struct buf alone = BUF(100), beside = BUF(100);
        assert_ok(text_fold(&alone, view_of(text, len), TEXT_MARKS));
        assert_ok(text_fold(&beside, view_text(text), TEXT_MARKS));
        buf_str(&alone, alone.len ? " \u00e9" : "\u00e9");
        assert_string_equal(buf_text(&alone), buf_text(&beside));
    }
}

static void bad_utf8_is_found_at_its_first_byte(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at; /* 99: good */
    } cases[] = {
        {"", 99},
        {"plain text of more than eight bytes", 99},
        {"\xc3\xa9", 99},
        {"\xf0\x9f\x98\x80", 99},
        {"\xf4\x8f\xbf\xbf", 99},
        {"\xef\xbf\xbf", 99},
        {"\xed\x9f\xbf", 99},
        {"a\x80", 1},
        {"abcdefghij\xff", 10},
        {"\xc3", 0},
        {"ab\xc3(", 2},
        {"\xc0\xaf", 0},
        {"\xc1\xbf", 0},
        {"\xe0\x9f\xbf", 0},
        {"\xed\xa0\x80", 0},
        {"\xf0\x8f\xbf\xbf", 0},
        {"\xf4\x90\x80\x80", 0},
        {"\xf5\x80\x80\x80", 0},
        {"\xe2\x82", 0},
        {"\xe2\x82\xac\xe2\x28\xa1", 3},
        {"\xf0\x9f\x98", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct view v = view_text(cases[i].text);
        assert_int_equal(text_utf8_bad_at(v), cases[i].at == 99 ? v.len : cases[i].at);
    }
    assert_int_equal(text_utf8_bad_at(view_of("a\0b", 3)), 3);
    assert_int_equal(text_characters(view_text("a\xc3\xa9\xe6\x9d\x8e")), 3);
    assert_int_equal(text_ascii_bytes(view_text("0123456789\xc3\xa9")), 10);
}

static void every_byte_of_windows_1252_is_converted_or_refused(void **state)
{
    (void)state;
    static const uint8_t undefined[] = {0x81, 0x8d, 0x8f, 0x90, 0x9d};
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t two[2] = {'a', (uint8_t)byte};
        CLEANUP(buf_free) struct buf b = BUF(100);
        bool bad = memchr(undefined, (int)byte, sizeof undefined) != NULL;
        assert_int_equal(text_1252_bad_at(view_of(two, 2)), bad ? 1 : 2);
        assert_err(bad ? ERR_INVALID : ERR_OK, text_from_1252(&b, view_of(two, 2)));
        assert_int_equal(text_utf8_bad_at(buf_view(&b)), b.len);
        assert_int_equal(text_characters(buf_view(&b)), bad ? 0 : 2);
    }
    CLEANUP(buf_free) struct buf b = BUF(100);
    assert_ok(text_from_1252(&b, view_text("\x80 \x92 \xe9 \xff \x9f")));
    assert_string_equal(buf_text(&b), "\u20ac \u2019 \u00e9 \u00ff \u0178");
}

static void composition_is_canonical_only(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf b = BUF(100);
    assert_ok(text_nfc(&b, view_text("Zoe\u0308 \ufb01 \u1100\u1161 A")));
    assert_string_equal(buf_text(&b), "Zo\u00eb \ufb01 \uac00 A");
    assert_err(ERR_INVALID, text_nfc(&b, view_text("\xff")));
    assert_string_equal(buf_text(&b), "Zo\u00eb \ufb01 \uac00 A");
}

static void failures_leave_the_buffer_as_it_was(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf small = BUF(4);
    buf_str(&small, "ab");
    assert_err(ERR_LIMIT, text_fold(&small, view_text("\u00e9\u00e9"), TEXT_MARKS));
    assert_int_equal(small.len, 2);
    uint8_t *large = calloc(1, LIMIT_CELL_BYTES + 1);
    memset(large, 'x', LIMIT_CELL_BYTES + 1);
    memcpy(large, "\u00e9", 2);
    CLEANUP(buf_free) struct buf b = BUF(4u << 20);
    assert_err(ERR_LIMIT, text_fold(&b, view_of(large, LIMIT_CELL_BYTES + 1), TEXT_MARKS));
    assert_ok(text_fold(&b, view_of(large, LIMIT_CELL_BYTES), TEXT_MARKS));
    assert_int_equal(b.len, LIMIT_CELL_BYTES);
    free(large);
    bool failed = true;
    for (uint64_t n = 1; failed; n++) {
        CLEANUP(buf_free) struct buf to = BUF(10000);
        char text[1200];
        memset(text, 'E', sizeof text);
        memcpy(text, "\u00c9@", 3);
        mem_fail_at(n, false);
        err e = text_email(&to, view_of(text, sizeof text));
        mem_fail_at(0, false);
        failed = e.kind != ERR_OK;
        assert_true(!failed || (e.kind == ERR_NOMEM && to.len == 0));
        assert_true(n < 100);
    }
}

struct pair {
    const char *text, *is; /* NULL: refused */
};

static void check(err (*normal)(struct buf *, struct view), const struct pair *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP(buf_free) struct buf b = BUF(1000);
        assert_err(cases[i].is ? ERR_OK : ERR_INVALID, normal(&b, view_text(cases[i].text)));
        assert_string_equal(buf_text(&b), cases[i].is ? cases[i].is : "");
    }
}

static void emails_are_lower_case_with_one_at(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {"Alba.Quimby@Members.EXAMPLE", "alba.quimby@members.example"},
        {" \u00a0alba@members.example\n", "alba@members.example"},
        {"o\u2019x@members.example", "o\u2019x@members.example"},
        {"ZO\u00cb@B\u00dcCHER.example", "zo\u00eb@b\u00fccher.example"},
        {"a\u200b@b.example", "a@b.example"},
        {"a+tag@b", "a+tag@b"},
        {"", NULL},
        {"@", NULL},
        {"a@", NULL},
        {"@b", NULL},
        {"a@b@c", NULL},
        {"a b@c", NULL},
        {"a@b c", NULL},
        {"a @b", NULL},
        {"a@ b", NULL},
        {"a@b\uff20c", NULL},
        {"a\tb@c", NULL},
        {"a.example", NULL},
        {"\xff@b", NULL},
    };
    check(text_email, cases, sizeof cases / sizeof cases[0]);
}

static void phones_are_digits(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {"020 7946 0000", "02079460000"},
        {"+44 (0)20 7946-0000", "+442079460000"},
        {"0044 (0) 20 7946 0000", "+442079460000"},
        {"0044 20 7946 0000", "+442079460000"},
        {"(020) 7946.0000", "02079460000"},
        {"030/123456", "030123456"},
        {"Tel. 020 7946 0000 ext. 12", "02079460000"},
        {"020 7946 0000x12", "02079460000"},
        {"020 7946 0000 #12", "02079460000"},
        {"+442079460000;ext=5", "+442079460000"},
        {"\u202a+44 20 7946 0000\u202c", "+442079460000"},
        {"\uff10\uff12\uff10 \u0667\u0669\u0664\u0666", "0207946"},
        {"\u0966\u0967\u0968\u0969\u096a", "01234"},
        {"12345", "12345"},
        {"1234", NULL},
        {"00 1234", NULL},
        {"", NULL},
        {"none", NULL},
        {"+", NULL},
        {"123456789012345678901", NULL},
        {"00123456789012345678901", NULL},
        {"12345678901234567890", "12345678901234567890"},
        {"1234567890123456789012345", NULL},
    };
    check(text_phone, cases, sizeof cases / sizeof cases[0]);
}

static void postcodes_lose_space_and_hyphens(void **state)
{
    (void)state;
    static const struct pair cases[] = {
        {"NW1 1AA", "nw11aa"},
        {" nw11aa ", "nw11aa"},
        {"N W1\u00a01A\u2013A", "nw11aa"},
        {"1234-567", "1234567"},
        {"\u3012\uff11\uff10\uff10-0001", "\u30121000001"},
        {"D-10115", "d10115"},
        {"", NULL},
        {" - ", NULL},
    };
    check(text_postcode, cases, sizeof cases / sizeof cases[0]);
}

static void the_nearest_name_is_near(void **state)
{
    (void)state;
    static const char *const names[] = {"email", "first_name", "last_name", "phone", "postcode", "mail"};
    static const struct {
        const char *name;
        long is;
    } cases[] = {{"emial", 0},   {"e-mail", 0}, {"First Name", 1}, {"lastname", 2}, {"fone", -1},    {"phnoe", 3},
                 {"nobody", -1}, {"", -1},      {"x", -1},         {"MAIL", 5},     {"postocde", 4}, {"name", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (text_nearest(cases[i].name, names, 6) != cases[i].is)
            fail_msg("%s: %ld", cases[i].name, text_nearest(cases[i].name, names, 6));
    char longest[200];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_int_equal(text_nearest(longest, names, 6), -1);
    assert_int_equal(text_nearest("email", names, 0), -1);
}

static void nothing_on_a_screen_moves_or_reorders_what_stands_beside_it(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf b = BUF(1000);
    text_visible(&b, view_text("a\tb\n\033[2Jz\u202e\u2066\xc2\x85\x7f\xff \u05e9\u05dc\u05d5\u05dd \u200f e\u0301\r"));
    assert_string_equal(buf_text(&b), "a\tb\n<U+001B>[2Jz<U+202E><U+2066><U+0085><U+007F><FF> \u05e9\u05dc\u05d5\u05dd \u200f e\u0301<U+000D>");
    buf_clear(&b);
    text_in_line(&b, view_text("a\tb\r\n\033[2Jz\u202e\xff \u05e9"));
    assert_string_equal(buf_text(&b), "a<U+0009>b<U+000D><U+000A><U+001B>[2Jz<U+202E><FF> \u05e9");
}

static void what_cannot_be_seen_is_trimmed_at_the_ends_only(void **state)
{
    (void)state;
    static const char *const unseen[] = {" ", "\t", "\r\n", "\u00a0", "\u00ad", "\u2003", "\u200b", "\u200c", "\u200d", "\u200e", "\u202f", "\u2060", "\u3000", "\ufeff"};
    static const char *const kept[] = {"x", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\xff", "\u2010", "\u00e0", "a\u00a0b"};
    for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++) {
        assert_int_equal(text_trim(view_text(unseen[i])).len, 0);
        for (size_t k = 0; k < sizeof kept / sizeof kept[0]; k++) {
            char text[64];
            snprintf(text, sizeof text, "%s%s%s%s", unseen[i], kept[k], unseen[i], unseen[(i + 1) % (sizeof unseen / sizeof unseen[0])]);
            assert_true(view_equal(text_trim(view_text(text)), view_text(kept[k])));
        }
    }
}

static void plain_text_is_one_line_of_utf8(void **state)
{
    (void)state;
    assert_true(text_plain("Ž, a label", 20) && text_plain("four", 4));
    assert_false(text_plain("", 20) || text_plain("fives", 4) || text_plain("two\nlines", 20) || text_plain("a\x7f", 20) || text_plain("caf\xe9", 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fourteen_scripts_compare_by_their_letters),
        cmocka_unit_test(accents_agree_only_without_marks),
        cmocka_unit_test(letters_written_with_marks_stay),
        cmocka_unit_test(folding_unifies_typography_and_space),
        cmocka_unit_test(folding_again_changes_nothing),
        cmocka_unit_test(ascii_folds_alike_alone_and_beside_other_letters),
        cmocka_unit_test(bad_utf8_is_found_at_its_first_byte),
        cmocka_unit_test(every_byte_of_windows_1252_is_converted_or_refused),
        cmocka_unit_test(composition_is_canonical_only),
        cmocka_unit_test(failures_leave_the_buffer_as_it_was),
        cmocka_unit_test(emails_are_lower_case_with_one_at),
        cmocka_unit_test(phones_are_digits),
        cmocka_unit_test(postcodes_lose_space_and_hyphens),
        cmocka_unit_test(the_nearest_name_is_near),
        cmocka_unit_test(nothing_on_a_screen_moves_or_reorders_what_stands_beside_it),
        cmocka_unit_test(what_cannot_be_seen_is_trimmed_at_the_ends_only),
        cmocka_unit_test(plain_text_is_one_line_of_utf8),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
