#include "mail.h"

#include "limits.h"
#include "mem.h"
#include "text.h"

#include <ctype.h>
#include <gmime/gmime.h>
#include <pthread.h>
#include <string.h>

enum { PIECE = 1 << 14 };

struct mail {
    GMimeStream *stream;
    GMimeParser *parser;
    GMimeMessage *current;
    struct arena *arena; /* of the current message */
    struct mail_message message;
    GMimePart **leaves; /* owned by the message */
    struct mail_part *parts;
    struct mail_address *addresses;
};

/* What a file is. */

static bool known_header(const uint8_t *p, size_t len)
{
    static const char *const names[] = {
        "from",
        "to",
        "cc",
        "date",
        "subject",
        "received",
        "return-path",
        "delivered-to",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "reply-to",
        "sender",
        "in-reply-to",
        "references",
        "dkim-signature",
        "authentication-results",
        "x-mozilla-status",
        "x-gmail-labels",
        "x-gm-thrid",
        "status",
        "x-original-to",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == len && strncasecmp(names[i], (const char *)p, len) == 0)
            return true;
    }
    return false;
}

/* The length of the name before the colon; 0 if the line is no header. */
static size_t header_name(struct view line)
{
    size_t len = 0;
    while (len < line.len && line.p[len] > ' ' && line.p[len] < 0x7f && line.p[len] != ':')
        len++;
    return len < line.len && line.p[len] == ':' ? len : 0;
}

static struct view first_line(struct view *rest)
{
    const uint8_t *end = rest->len ? memchr(rest->p, '\n', rest->len) : NULL;
    size_t len = end ? (size_t)(end - rest->p) : rest->len;
    struct view line = {rest->p, len};
    size_t past = end ? len + 1 : len;
    *rest = view_of(rest->p + past, rest->len - past);
    if (line.len && line.p[line.len - 1] == '\r')
        line.len--;
    return line;
}

static bool is_mbox(struct view start)
{
    return start.len > 5 && memcmp(start.p, "From ", 5) == 0;
}

/* Headers that mail has, before anything that is no header: two, or one in a mailbox. */
bool mail_is(struct view start)
{
    struct view rest = start;
    size_t known = 0, needed = 2;
    if (is_mbox(start)) {
        first_line(&rest);
        needed = 1;
    }
    while (rest.len > 0) {
        struct view line = first_line(&rest);
        bool goes_on = line.len > 0 && (line.p[0] == ' ' || line.p[0] == '\t') && known > 0;
        size_t name = header_name(line);
        if (name == 0 && !goes_on)
            break;
        known += name > 0 && known_header(line.p, name);
    }
    return known >= needed;
}

/* Opening. */

static GMimeStream *stream_of(const struct origin *origin)
{
    if (origin->fd < 0)
        return g_mime_stream_mem_new_with_buffer((const char *)origin->bytes.p, origin->bytes.len);
    GMimeStream *s = g_mime_stream_fs_new_with_bounds(origin->fd, 0, (gint64)origin->size);
    if (s)
        g_mime_stream_fs_set_owner(GMIME_STREAM_FS(s), FALSE);
    return s;
}

/* Never shut down: GMime 3.2 can't be started again after that. */
static void start_gmime(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, g_mime_init);
}

err mail_open(const struct origin *origin, struct mail **ret)
{
    uint8_t start[PIECE];
    size_t len;
    TRY(origin_read(origin, 0, start, sizeof start, &len));
    ENSURE(mail_is(view_of(start, len)),
           err_new(ERR_INVALID, "This is neither an e-mail message nor a mailbox file (mbox).",
                   "Save the message from the mail program as .eml, or the folder as mbox."));
    struct mail *m CLEANUP(mail_close) = mem_alloc(sizeof *m);
    ENSURE(m, mem_none());
    m->leaves = mem_array(LIMIT_MAIL_PARTS, sizeof *m->leaves);
    m->parts = mem_array(LIMIT_MAIL_PARTS, sizeof *m->parts);
    m->addresses = mem_array(LIMIT_MAIL_ADDRESSES, sizeof *m->addresses);
    ENSURE(m->leaves && m->parts && m->addresses, mem_none());
    start_gmime();
    m->stream = stream_of(origin);
    ENSURE(m->stream, mem_none());
    m->parser = g_mime_parser_new_with_stream(m->stream);
    ENSURE(m->parser, mem_none());
    g_mime_parser_set_format(m->parser, is_mbox(view_of(start, len)) ? GMIME_FORMAT_MBOX : GMIME_FORMAT_MESSAGE);
    g_mime_parser_set_persist_stream(m->parser, TRUE);
    *ret = m;
    m = NULL;
    return OK;
}

static void drop_message(struct mail *m)
{
    if (m->current)
        g_object_unref(m->current);
    m->current = NULL;
    arena_free(m->arena);
    m->arena = NULL;
    m->message = (struct mail_message){.number = m->message.number};
}

void mail_close(struct mail **m)
{
    if (!*m)
        return;
    drop_message(*m);
    if ((*m)->parser)
        g_object_unref((*m)->parser);
    if ((*m)->stream)
        g_object_unref((*m)->stream);
    mem_free((*m)->leaves);
    mem_free((*m)->parts);
    mem_free((*m)->addresses);
    mem_free(*m);
    *m = NULL;
}

/* One message. */

/* A copy with nothing in it that isn't text; NULL: no memory. */
static char *clean(struct mail *m, const char *from)
{
    size_t len = from ? strlen(from) : 0;
    char *to = arena_text(m->arena, from ? from : "", len);
    if (!to)
        return NULL;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)to[i] < 0x20 || to[i] == 0x7f)
            to[i] = '_';
    }
    for (size_t bad = 0; bad < len; bad++) {
        bad += text_utf8_bad_at(view_of(to + bad, len - bad));
        if (bad < len)
            to[bad] = '_';
    }
    return to;
}

static err add_address(struct mail *m, enum mail_role role, InternetAddressMailbox *mailbox)
{
    struct mail_message *msg = &m->message;
    ENSURE(msg->address_count < LIMIT_MAIL_ADDRESSES,
           err_newf(ERR_LIMIT, "Message {} has more than {} addresses.", "Leave it out of the mailbox.",
                    err_int((long long)msg->number), err_int(LIMIT_MAIL_ADDRESSES)));
    const char *address = clean(m, internet_address_mailbox_get_addr(mailbox));
    ENSURE(address, mem_none());
    if (address[0])
        m->addresses[msg->address_count++] = (struct mail_address){role, address};
    return OK;
}

/* Groups don't nest (RFC 5322, 3.4): what lies deeper is left out. */
static err add_group(struct mail *m, enum mail_role role, InternetAddressGroup *group)
{
    InternetAddressList *members = internet_address_group_get_members(group);
    int count = members ? internet_address_list_length(members) : 0;
    for (int i = 0; i < count; i++) {
        InternetAddress *a = internet_address_list_get_address(members, i);
        if (INTERNET_ADDRESS_IS_MAILBOX(a))
            TRY(add_address(m, role, INTERNET_ADDRESS_MAILBOX(a)));
    }
    return OK;
}

static err read_addresses(struct mail *m)
{
    static const struct {
        enum mail_role role;
        GMimeAddressType type;
    } roles[] = {{MAIL_FROM, GMIME_ADDRESS_TYPE_FROM},
                 {MAIL_SENDER, GMIME_ADDRESS_TYPE_SENDER},
                 {MAIL_REPLY_TO, GMIME_ADDRESS_TYPE_REPLY_TO},
                 {MAIL_TO, GMIME_ADDRESS_TYPE_TO},
                 {MAIL_CC, GMIME_ADDRESS_TYPE_CC},
                 {MAIL_BCC, GMIME_ADDRESS_TYPE_BCC}};
    for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++) {
        InternetAddressList *list = g_mime_message_get_addresses(m->current, roles[r].type);
        int count = list ? internet_address_list_length(list) : 0;
        for (int i = 0; i < count; i++) {
            InternetAddress *a = internet_address_list_get_address(list, i);
            if (INTERNET_ADDRESS_IS_GROUP(a))
                TRY(add_group(m, roles[r].role, INTERNET_ADDRESS_GROUP(a)));
            else if (INTERNET_ADDRESS_IS_MAILBOX(a))
                TRY(add_address(m, roles[r].role, INTERNET_ADDRESS_MAILBOX(a)));
        }
    }
    return OK;
}

static const char *last_component(const char *name)
{
    const char *last = name;
    for (const char *p = name; *p; p++) {
        if (*p == '/' || *p == '\\')
            last = p + 1;
    }
    return last;
}

static err add_part(struct mail *m, GMimePart *part)
{
    GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
    char *mime = type ? g_mime_content_type_get_mime_type(type) : NULL;
    char *kind = clean(m, mime);
    g_free(mime);
    const char *name = clean(m, g_mime_part_get_filename(part));
    ENSURE(kind && name, mem_none());
    for (char *p = kind; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    const char *disposition = g_mime_object_get_disposition(GMIME_OBJECT(part));
    m->leaves[m->message.part_count] = part;
    m->parts[m->message.part_count++] = (struct mail_part){
        .name = last_component(name),
        .type = kind,
        .attached = name[0] || (disposition && strcasecmp(disposition, "attachment") == 0),
    };
    return OK;
}

/* What is still to be looked at, the next on top. */
struct todo {
    GMimeObject *object[LIMIT_MAIL_PARTS];
    unsigned depth[LIMIT_MAIL_PARTS];
    size_t count;
};

static err too_much(const struct mail *m)
{
    return err_newf(ERR_LIMIT, "Message {} has more than {} parts, or parts nested more than {} deep.",
                    "Save the attachment that matters and give that.", err_int((long long)m->message.number),
                    err_int(LIMIT_MAIL_PARTS), err_int(LIMIT_MAIL_DEPTH));
}

static err push(const struct mail *m, struct todo *t, GMimeObject *object, unsigned depth)
{
    if (!object)
        return OK;
    ENSURE(t->count + m->message.part_count < LIMIT_MAIL_PARTS && depth <= LIMIT_MAIL_DEPTH, too_much(m));
    t->object[t->count] = object;
    t->depth[t->count++] = depth;
    return OK;
}

static err open_up(struct mail *m, struct todo *t, GMimeObject *object, unsigned depth)
{
    if (GMIME_IS_PART(object))
        return add_part(m, GMIME_PART(object));
    if (GMIME_IS_MESSAGE_PART(object)) {
        GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
        return push(m, t, inner ? g_mime_message_get_mime_part(inner) : NULL, depth + 1);
    }
    int count = GMIME_IS_MULTIPART(object) ? g_mime_multipart_get_count(GMIME_MULTIPART(object)) : 0;
    for (int i = count; i > 0; i--)
        TRY(push(m, t, g_mime_multipart_get_part(GMIME_MULTIPART(object), i - 1), depth + 1));
    return OK;
}

static err read_parts(struct mail *m)
{
    struct todo *t CLEANUP(mem_release) = mem_alloc(sizeof *t);
    ENSURE(t, mem_none());
    TRY(push(m, t, g_mime_message_get_mime_part(m->current), 1));
    while (t->count > 0) {
        t->count--;
        TRY(open_up(m, t, t->object[t->count], t->depth[t->count]));
    }
    return OK;
}

static err read_message(struct mail *m)
{
    GDateTime *date = g_mime_message_get_date(m->current);
    m->message.has_date = date != NULL;
    m->message.date_s = date ? g_date_time_to_unix(date) : 0;
    m->message.id = clean(m, g_mime_message_get_message_id(m->current));
    ENSURE(m->message.id, mem_none());
    TRY(read_addresses(m));
    TRY(read_parts(m));
    m->message.addresses = m->addresses;
    m->message.parts = m->parts;
    return OK;
}

err mail_next(struct mail *m, const struct mail_message **ret, bool *ret_end)
{
    drop_message(m);
    *ret_end = g_mime_parser_eos(m->parser);
    if (*ret_end)
        return OK;
    m->current = g_mime_parser_construct_message(m->parser, NULL);
    *ret_end = m->current == NULL;
    if (*ret_end)
        return OK;
    m->message.number++;
    m->arena = arena_new();
    ENSURE(m->arena, mem_none());
    TRY(read_message(m));
    *ret = &m->message;
    return OK;
}

/* Content. */

static err copy_stream(GMimeStream *from, const struct mail *m, struct buf *to)
{
    for (;;) {
        char piece[PIECE];
        ssize_t len = g_mime_stream_read(from, piece, sizeof piece);
        ENSURE(len >= 0, err_newf(ERR_IO, "An attachment of message {} can't be read.", "Check the file and try again.",
                                  err_int((long long)m->message.number)));
        if (len == 0)
            return OK;
        buf_bytes(to, piece, (size_t)len);
        ENSURE(to->state != BUF_FULL,
               err_newf(ERR_LIMIT, "An attachment of message {} is larger than the limit of {} bytes.",
                        "Save it as a file and give that.", err_int((long long)m->message.number),
                        err_int((long long)to->max)));
        TRY(buf_ok(to));
    }
}

err mail_content(struct mail *m, size_t index, struct buf *to)
{
    CHECK(m->current && index < m->message.part_count);
    GMimeDataWrapper *content = g_mime_part_get_content(m->leaves[index]);
    GMimeStream *raw = content ? g_mime_data_wrapper_get_stream(content) : NULL;
    if (!raw)
        return OK;
    g_mime_stream_reset(raw);
    GMimeStream *decoded = g_mime_stream_filter_new(raw);
    GMimeFilter *filter = g_mime_filter_basic_new(g_mime_data_wrapper_get_encoding(content), FALSE);
    g_mime_stream_filter_add(GMIME_STREAM_FILTER(decoded), filter);
    err e = copy_stream(decoded, m, to);
    g_object_unref(filter);
    g_object_unref(decoded);
    return e;
}
