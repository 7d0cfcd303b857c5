#include "contact.h"

#include "entry.h"
#include "jsonio.h"
#include "recipient.h"
#include "text.h"

#include <ctype.h>
#include <string.h>

enum { FACT_BYTES = 400 };

static const struct {
    const char *word, *label;
} facts[CONTACT_FACTS] = {
    [CONTACT_NAME] = {"name", "Who answers"},
    [CONTACT_EMAIL] = {"email", "E-mail"},
    [CONTACT_PHONE] = {"phone", "Telephone"},
    [CONTACT_HOURS] = {"hours", "Hours"},
    [CONTACT_STAND_IN] = {"stand-in", "Stand-in"},
    [CONTACT_ADDRESS] = {"address", "Address"},
    [CONTACT_REGISTRATION] = {"registration", "Registration number"},
    [CONTACT_STAFF] = {"staff", "Staff"},
    [CONTACT_DPO] = {"dpo", "Data-protection officer"},
    [CONTACT_DPO_EMAIL] = {"dpo-email", "Her or his e-mail"},
    [CONTACT_DPO_PHONE] = {"dpo-phone", "Her or his telephone"},
    [CONTACT_OWNER] = {"owner", "Owner of the address"},
    [CONTACT_UNTIL] = {"until", "Until"},
    [CONTACT_SIGNED_BY] = {"signed-by", "Signs letters"},
    [CONTACT_PAGE] = {"page", "Page to type"},
};

const char *contact_word(enum contact_fact fact)
{
    CHECK((size_t)fact < CONTACT_FACTS);
    return facts[fact].word;
}

const char *contact_label(enum contact_fact fact)
{
    CHECK((size_t)fact < CONTACT_FACTS);
    return facts[fact].label;
}

err contact_from_json(struct arena *a, const json_t *j, struct contact *ret)
{
    struct jsonio_in in;
    TRY(jsonio_open(a, j, "contact", &in));
    for (size_t i = 0; i < CONTACT_FACTS; i++) {
        bool later = i >= CONTACT_OWNER; /* not in older documents: in newer ones only where it is set */
        ret->fact[i] = "";
        if (later && !json_object_get(j, facts[i].word))
            continue;
        TRY(jsonio_text(&in, facts[i].word, FACT_BYTES, &ret->fact[i]));
        ENSURE(!later || ret->fact[i][0], err_new(ERR_CORRUPT, "A stored contact has an empty fact.", "Run 'candour fsck'."));
    }
    return jsonio_close(&in);
}

json_t *contact_to_json(const struct contact *c)
{
    struct jsonio j = jsonio_object();
    for (size_t i = 0; i < CONTACT_FACTS; i++)
        if (i < CONTACT_OWNER || c->fact[i][0])
            jsonio_put_text(&j, facts[i].word, c->fact[i]);
    return jsonio_take(&j);
}

err contact_load(struct vault *v, struct arena *a, struct contact *ret)
{
    CLEANUP(jsonio_release) json_t *doc = NULL;
    for (size_t i = 0; i < CONTACT_FACTS; i++)
        ret->fact[i] = "";
    err e = vault_doc_get(v, "contact", "contact", &doc);
    if (e.kind == ERR_NOT_FOUND) {
        err_ignore(e, "nothing was set yet");
        return OK;
    }
    TRY(e);
    return contact_from_json(a, json_object_get(doc, "contact"), ret);
}

static err check_email(const char *text, const char *word)
{
    CLEANUP(buf_free) struct buf b = BUF(1024);
    err e = text[0] ? text_email(&b, view_text(text)) : OK;
    ENSURE(e.kind == ERR_OK, err_newf(ERR_INVALID, "--{} is not an e-mail address.", "Write it as name@example.org.", err_name(word)));
    return OK;
}

static err check_phone(const char *text, const char *word)
{
    CLEANUP(buf_free) struct buf b = BUF(64);
    err e = text[0] ? text_phone(&b, view_text(text)) : OK;
    ENSURE(e.kind == ERR_OK, err_newf(ERR_INVALID, "--{} is not a telephone number.", "Write it as +44 1632 960123, or as people dial it: 5 to 20 digits.",
                                      err_name(word)));
    return OK;
}

static err check_until(const char *text)
{
    int32_t day;
    err e = text[0] ? when_parse_day(view_text(text), &day) : OK;
    ENSURE(e.kind == ERR_OK, err_new(ERR_INVALID, "--until is not a day.", "Write the last day on which they answer, as 2019-06-30."));
    return OK;
}

static bool has_word(const char *text, const char *word)
{
    for (const char *at = strcasestr(text, word); at; at = strcasestr(at + 1, word)) {
        bool begins = at == text || !isalpha((unsigned char)at[-1]), ends = !isalpha((unsigned char)at[strlen(word)]);
        if (begins && ends)
            return true;
    }
    return false;
}

/* "Ines Calloway, General Secretary". */
static err check_signer(const char *text)
{
    const char *office = strchr(text, ',');
    bool fine = !text[0] || (office && office != text && office[1 + strspn(office + 1, " ,.")]);
    ENSURE(fine && !has_word(text, "team"),
           err_new(ERR_INVALID, "--signed-by must say who stands for the letter: a person's name and office; a team is nobody.",
                   "Write --signed-by \"Ines Calloway, General Secretary\"."));
    return OK;
}

/* What people are asked to type is short, and has no "https://": nobody types that. */
static err check_page(const char *text)
{
    static const char takes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/";
    const char *dot = strchr(text, '.');
    size_t host = strcspn(text, "/");
    bool fine = !text[0] || (dot && dot != text && (size_t)(dot - text) + 1 < host && text[strspn(text, takes)] == 0);
    ENSURE(fine, err_new(ERR_INVALID, "--page is not an address that people can type.", "Write it without https:// and in plain letters, as union.example/breach."));
    return OK;
}

static err check(const struct contact *c)
{
    for (size_t i = 0; i < CONTACT_FACTS; i++) {
        TRY(jsonio_check_text(c->fact[i], FACT_BYTES, facts[i].word));
        ENSURE(!strchr(c->fact[i], '\n'), err_newf(ERR_INVALID, "--{} has more than one line.", "Put commas between the lines.", err_name(facts[i].word)));
    }
    TRY(check_email(c->fact[CONTACT_EMAIL], "email"));
    TRY(check_email(c->fact[CONTACT_DPO_EMAIL], "dpo-email"));
    TRY(check_phone(c->fact[CONTACT_PHONE], "phone"));
    TRY(check_phone(c->fact[CONTACT_DPO_PHONE], "dpo-phone"));
    TRY(check_until(c->fact[CONTACT_UNTIL]));
    TRY(check_signer(c->fact[CONTACT_SIGNED_BY]));
    TRY(check_page(c->fact[CONTACT_PAGE]));
    const char *staff = c->fact[CONTACT_STAFF];
    ENSURE(!staff[0] || strcmp(staff, "under-250") == 0 || strcmp(staff, "250-or-more") == 0,
           err_new(ERR_INVALID, "How many people work for you?", "Give --staff under-250 or 250-or-more."));
    return OK;
}

err contact_save(struct vault *v, const struct contact *c)
{
    TRY(check(c));
    CLEANUP(jsonio_release) json_t *doc = json_pack("{s:o}", "contact", contact_to_json(c));
    struct hash hash;
    ENSURE(doc, mem_none());
    TRY(vault_doc_put(v, "contact", "contact", doc, &hash));
    return vault_entry(v, json_pack("{s:s,s:o}", "kind", "contact", "doc", entry_hash(&hash)), NULL);
}
