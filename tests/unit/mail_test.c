#include "mail.h"

#include "limits.h"
#include "mem.h"
#include "testing.h"

#define HEAD "From: Office <office@party.example>\nTo: lists@supplier.example\n"

static void address_is(const struct mail_message *m, size_t i, enum mail_role role, const char *address)
{
    assert_true(i < m->address_count);
    assert_int_equal(m->addresses[i].role, role);
    assert_string_equal(m->addresses[i].address, address);
}

static void a_message_gives_its_addresses_and_attachments(void **state)
{
    (void)state;
    struct origin o CLEANUP(origin_close) = {.fd = -1};
    struct mail *m CLEANUP(mail_close) = NULL;
    struct buf b CLEANUP(buf_free) = BUF(1 << 20);
    const struct mail_message *msg;
    bool end;
    assert_ok(origin_open(TEST_DATA "/message.eml", &o));
    assert_ok(mail_open(&o, &m));
    assert_ok(mail_next(m, &msg, &end));
    assert_false(end);
    assert_int_equal(msg->number, 1);
    assert_true(msg->has_date);
    assert_int_equal(msg->date_s, 1709283600);
    assert_string_equal(msg->id, "1@party.example");
    assert_int_equal(msg->address_count, 5);
    address_is(msg, 0, MAIL_FROM, "office@party.example");
    address_is(msg, 1, MAIL_TO, "lists@supplier.example");
    address_is(msg, 2, MAIL_TO, "second@supplier.example");
    address_is(msg, 3, MAIL_CC, "chair@party.example");
    address_is(msg, 4, MAIL_CC, "deputy@party.example");
    assert_int_equal(msg->part_count, 3);
    assert_false(msg->parts[0].attached);
    assert_string_equal(msg->parts[0].type, "text/plain");
    assert_true(msg->parts[1].attached);
    assert_string_equal(msg->parts[1].name, "list.csv");
    assert_string_equal(msg->parts[2].name, "terms.pdf");
    assert_ok(mail_content(m, 1, &b));
    assert_string_equal(buf_text(&b),
                        "id,name,email\r\n1,Ada Example,ada@members.example\r\n2,Zoë Sample,zoe@members.example\r\n");
    assert_ok(mail_next(m, &msg, &end));
    assert_true(end);
}

static void a_mailbox_gives_all_messages_and_those_inside_them(void **state)
{
    (void)state;
    struct origin o CLEANUP(origin_close) = {.fd = -1};
    struct mail *m CLEANUP(mail_close) = NULL;
    struct buf b CLEANUP(buf_free) = BUF(1 << 20);
    const struct mail_message *msg;
    bool end;
    assert_ok(origin_open(TEST_DATA "/mailbox.mbox", &o));
    assert_ok(mail_open(&o, &m));
    assert_ok(mail_next(m, &msg, &end));
    assert_string_equal(msg->id, "1@party.example");
    assert_ok(mail_next(m, &msg, &end));
    assert_int_equal(msg->number, 2);
    assert_string_equal(msg->id, "2@party.example");
    assert_int_equal(msg->part_count, 3);
    assert_string_equal(msg->parts[2].name, "list.zip");
    assert_ok(mail_content(m, 2, &b));
    assert_memory_equal(b.p, "PK\3\4", 4);
    assert_ok(mail_next(m, &msg, &end));
    assert_true(end);
}

static err open_text(const char *text, struct origin *o, struct mail **m, const struct mail_message **msg)
{
    bool end;
    *o = origin_of(view_text(text));
    TRY(mail_open(o, m));
    return mail_next(*m, msg, &end);
}

static void an_attachment_larger_than_its_buffer_is_refused(void **state)
{
    (void)state;
    struct mail *m CLEANUP(mail_close) = NULL;
    struct buf b CLEANUP(buf_free) = BUF(4);
    struct origin o;
    const struct mail_message *msg;
    assert_ok(open_text(HEAD "Content-Type: text/csv; name=a.csv\n\nid,name\n", &o, &m, &msg));
    assert_err(ERR_LIMIT, mail_content(m, 0, &b));
}

static void names_are_cleaned(void **state)
{
    (void)state;
    struct mail *m CLEANUP(mail_close) = NULL;
    struct origin o;
    const struct mail_message *msg;
    assert_ok(open_text(HEAD
                        "Content-Disposition: attachment; filename=\"C:\\\\lists\\\\m=?utf-8?q?=C3=A9=0A?=.csv\"\n\nx\n",
                        &o, &m, &msg));
    assert_int_equal(msg->part_count, 1);
    assert_true(msg->parts[0].attached);
    assert_null(strpbrk(msg->parts[0].name, "/\\\n"));
    assert_false(msg->has_date);
    assert_string_equal(msg->id, "");
}

static void quoted_printable_is_decoded(void **state)
{
    (void)state;
    struct mail *m CLEANUP(mail_close) = NULL;
    struct buf b CLEANUP(buf_free) = BUF(100);
    struct origin o;
    const struct mail_message *msg;
    assert_ok(open_text(HEAD "Content-Type: text/csv\nContent-Transfer-Encoding: quoted-printable\n\nZo=C3=AB,=\n1\n",
                        &o, &m, &msg));
    assert_ok(mail_content(m, 0, &b));
    assert_string_equal(buf_text(&b), "Zoë,1\n");
}

static void too_many_or_too_deep_parts_are_refused(void **state)
{
    (void)state;
    struct buf b CLEANUP(buf_free) = BUF(1 << 20);
    const struct mail_message *msg;
    struct origin o;
    buf_str(&b, HEAD "Content-Type: multipart/mixed; boundary=b\n\n");
    for (unsigned i = 0; i <= LIMIT_MAIL_PARTS; i++)
        buf_str(&b, "--b\n\nx\n");
    struct mail *wide CLEANUP(mail_close) = NULL;
    assert_err(ERR_LIMIT, open_text(buf_text(&b), &o, &wide, &msg));
    buf_clear(&b);
    buf_str(&b, HEAD);
    for (unsigned i = 0; i <= LIMIT_MAIL_DEPTH; i++)
        buf_str(&b, "Content-Type: message/rfc822\n\nSubject: x\n");
    struct mail *deep CLEANUP(mail_close) = NULL;
    assert_err(ERR_LIMIT, open_text(buf_text(&b), &o, &deep, &msg));
}

static void mail_is_told_from_tables_and_text(void **state)
{
    (void)state;
    assert_true(mail_is(view_text(HEAD "\n")));
    assert_true(mail_is(view_text("Received: from a\n\tby b\nSubject: x\n\n")));
    assert_true(mail_is(view_text("X-Other: 1\r\nFROM: a@b.example\r\nDate: x\r\n\r\n")));
    assert_true(mail_is(view_text("From a@b.example Fri Mar  1 10:00:00 2024\nSubject: x\n\n")));
    assert_false(mail_is(view_text("From Date,To Date\n1,2\n")));
    assert_false(mail_is(view_text("From: the office\n1,2\n")));
    assert_false(mail_is(view_text("id,name\nFrom: a\nTo: b\n")));
    assert_false(mail_is(view_text("")));
    assert_false(mail_is(view_text("\n\nFrom: a\nTo: b\n")));
    struct origin o = origin_of(view_text("id,name\n"));
    struct mail *m CLEANUP(mail_close) = NULL;
    assert_err(ERR_INVALID, mail_open(&o, &m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_gives_its_addresses_and_attachments),
        cmocka_unit_test(a_mailbox_gives_all_messages_and_those_inside_them),
        cmocka_unit_test(an_attachment_larger_than_its_buffer_is_refused),
        cmocka_unit_test(names_are_cleaned),
        cmocka_unit_test(quoted_printable_is_decoded),
        cmocka_unit_test(too_many_or_too_deep_parts_are_refused),
        cmocka_unit_test(mail_is_told_from_tables_and_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
