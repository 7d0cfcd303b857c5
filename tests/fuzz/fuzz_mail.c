/* mail_is, mail_open, mail_next, mail_content. */
#include "limits.h"
#include "mail.h"
#include "text.h"

#include <string.h>

static void check_text(const char *text)
{
    CHECK(text_utf8_bad_at(view_text(text)) == strlen(text));
    for (const char *p = text; *p; p++)
        CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void check_message(struct mail *m, const struct mail_message *msg, size_t size)
{
    CHECK(msg->part_count <= LIMIT_MAIL_PARTS && msg->address_count <= LIMIT_MAIL_ADDRESSES);
    check_text(msg->id);
    for (size_t i = 0; i < msg->address_count; i++)
        check_text(msg->addresses[i].address);
    for (size_t i = 0; i < msg->part_count; i++) {
        const struct mail_part *p = &msg->parts[i];
        struct buf b CLEANUP(buf_free) = BUF(1 << 20);
        check_text(p->name);
        check_text(p->type);
        CHECK(!strpbrk(p->name, "/\\") && (!p->name[0] || p->attached));
        err e = mail_content(m, i, &b);
        CHECK(e.kind == ERR_OK || e.kind == ERR_LIMIT);
        CHECK(b.len <= size + 4); /* decoding never makes more */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct origin o = origin_of(view_of(data, size));
    struct mail *m CLEANUP(mail_close) = NULL;
    err e = mail_open(&o, &m);
    CHECK(mail_is(view_of(data, size < 16384 ? size : 16384)) == (e.kind == ERR_OK));
    bool end = e.kind != ERR_OK;
    for (uint64_t n = 1; !end; n++) {
        const struct mail_message *msg;
        e = mail_next(m, &msg, &end);
        if (e.kind == ERR_LIMIT)
            break;
        CHECK(e.kind == ERR_OK);
        if (end)
            break;
        CHECK(msg->number == n);
        check_message(m, msg, size);
    }
    return 0;
}
