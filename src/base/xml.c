#include "xml.h"

#include "limits.h"
#include "mem.h"

#include <expat.h>
#include <string.h>

enum { PIECE = 1 << 16 };

/* Stands between namespace and name; no XML document can hold it. */
static const char SEPARATOR = '\1';

/* Expat 2.5 reports some failed allocations as errors of the document, some of them much later, so they are noted here.
 */
static _Thread_local bool starved;

static void *noted(void *p)
{
    starved |= p == NULL;
    return p;
}

static void *take(size_t size)
{
    return noted(mem_alloc(size));
}

static void *retake(void *old, size_t size)
{
    return noted(mem_resize(old, size));
}

struct xml {
    XML_Parser parser;
    const struct xml_rules *rules;
    void *ctx;
    csv_read *read;
    void *read_ctx;
    uint64_t fed;
    unsigned depth;
    unsigned skipped_at; /* depth of the element that is left out; 0: none */
    bool paused, ended;
    bool starved; /* an allocation failed since it was opened */
    err failed;
    int open[LIMIT_XML_DEPTH + 1]; /* the tags we are in, by depth */
};

static const struct {
    enum xml_space space;
    const char *uri;
} spaces[] = {
    {XML_MAIN, "http://schemas.openxmlformats.org/spreadsheetml/2006/main"},
    {XML_MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"},
    {XML_LINK, "http://schemas.openxmlformats.org/officeDocument/2006/relationships"},
    {XML_LINK, "http://purl.oclc.org/ooxml/officeDocument/relationships"},
    {XML_RELS, "http://schemas.openxmlformats.org/package/2006/relationships"},
    {XML_OFFICE, "urn:oasis:names:tc:opendocument:xmlns:office:1.0"},
    {XML_TABLE, "urn:oasis:names:tc:opendocument:xmlns:table:1.0"},
    {XML_TEXT, "urn:oasis:names:tc:opendocument:xmlns:text:1.0"},
    {XML_STYLE, "urn:oasis:names:tc:opendocument:xmlns:style:1.0"},
    {XML_CALCEXT, "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"},
    {XML_MANIFEST, "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"},
};

/* Splits Expat's "namespace SEPARATOR name". */
static enum xml_space split(const char *full, const char **ret_name)
{
    const char *cut = strrchr(full, SEPARATOR);
    *ret_name = cut ? cut + 1 : full;
    if (!cut)
        return XML_PLAIN;
    size_t len = (size_t)(cut - full);
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (strncmp(spaces[i].uri, full, len) == 0 && spaces[i].uri[len] == 0)
            return spaces[i].space;
    }
    return XML_OTHER;
}

static int find_tag(const struct xml_rules *rules, const char *full)
{
    const char *cut = strrchr(full, SEPARATOR);
    const char *name = cut ? cut + 1 : full;
    for (size_t i = 0; i < rules->count; i++) {
        if (strcmp(rules->tags[i].name, name) == 0 && split(full, &name) == rules->tags[i].space)
            return rules->tags[i].id;
    }
    return 0;
}

const char *xml_attribute(const struct xml_attributes *a, enum xml_space space, const char *name)
{
    for (size_t i = 0; a->list[i]; i += 2) {
        const char *local;
        if (split(a->list[i], &local) == space && strcmp(local, name) == 0)
            return a->list[i + 1];
    }
    return NULL;
}

static void stop(struct xml *x, err e)
{
    if (x->failed.kind == ERR_OK)
        x->failed = e;
    XML_StopParser(x->parser, XML_FALSE);
}

static void on_start(void *ctx, const char *name, const char **attributes)
{
    struct xml *x = ctx;
    if (x->failed.kind != ERR_OK)
        return;
    if (++x->depth > LIMIT_XML_DEPTH) {
        stop(x, err_newf(ERR_LIMIT, "The spreadsheet's XML is nested more than {} deep.",
                         "Open it in a spreadsheet program and save it again.", err_int(LIMIT_XML_DEPTH)));
        return;
    }
    if (x->skipped_at)
        return;
    int tag = find_tag(x->rules, name);
    x->open[x->depth] = tag;
    bool skip = tag == 0;
    if (tag && x->rules->start) {
        err e = x->rules->start(x->ctx, tag, &(struct xml_attributes){attributes}, &skip);
        if (e.kind != ERR_OK) {
            stop(x, e);
            return;
        }
    }
    if (skip)
        x->skipped_at = x->depth;
    if (x->paused)
        XML_StopParser(x->parser, XML_TRUE);
}

static void on_end(void *ctx, const char *name)
{
    struct xml *x = ctx;
    (void)name;
    if (x->failed.kind != ERR_OK)
        return;
    unsigned depth = x->depth--;
    if (x->skipped_at) {
        if (x->skipped_at == depth)
            x->skipped_at = 0;
        return;
    }
    err e = x->rules->end ? x->rules->end(x->ctx, x->open[depth]) : OK;
    if (e.kind != ERR_OK)
        stop(x, e);
    else if (x->paused)
        XML_StopParser(x->parser, XML_TRUE);
}

static void on_text(void *ctx, const char *piece, int len)
{
    struct xml *x = ctx;
    if (x->failed.kind != ERR_OK || x->skipped_at || !x->rules->text)
        return;
    err e = x->rules->text(x->ctx, view_of(piece, (size_t)len));
    if (e.kind != ERR_OK)
        stop(x, e);
}

static void on_doctype(void *ctx, const char *name, const char *system, const char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(
        ctx,
        err_new(
            ERR_INVALID, "The spreadsheet's XML holds a document type declaration, which no spreadsheet has.",
            "Open it in a spreadsheet program and save it again; if you don't know where it comes from, don't use it."));
}

err xml_open(const struct xml_rules *rules, void *ctx, csv_read *read, void *read_ctx, struct xml **ret)
{
    static const XML_Memory_Handling_Suite memory = {take, retake, mem_free};
    struct xml *x CLEANUP(xml_close) = mem_alloc(sizeof *x);
    ENSURE(x, mem_none());
    starved = false;
    x->parser = XML_ParserCreate_MM(NULL, &memory, &SEPARATOR);
    ENSURE(x->parser && !starved, mem_none());
    x->rules = rules;
    x->ctx = ctx;
    x->read = read;
    x->read_ctx = read_ctx;
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
    *ret = x;
    x = NULL;
    return OK;
}

void xml_close(struct xml **x)
{
    if (!*x)
        return;
    if ((*x)->parser)
        XML_ParserFree((*x)->parser);
    mem_free(*x);
    *x = NULL;
}

void xml_pause(struct xml *x)
{
    x->paused = true;
}

static err parser_failed(struct xml *x)
{
    if (x->failed.kind != ERR_OK)
        return x->failed;
    if (x->starved || starved || XML_GetErrorCode(x->parser) == XML_ERROR_NO_MEMORY)
        return x->failed = mem_none();
    return x->failed = err_newf(ERR_INVALID, "The spreadsheet's XML is damaged in line {}.",
                                "Open it in a spreadsheet program and save it again.",
                                err_int((long long)XML_GetCurrentLineNumber(x->parser)));
}

static err feed(struct xml *x, enum XML_Status *ret)
{
    void *room = XML_GetBuffer(x->parser, PIECE);
    if (!room)
        return parser_failed(x);
    size_t len = 0;
    err e = x->read(x->read_ctx, room, PIECE, &len);
    if (e.kind != ERR_OK)
        return x->failed = e;
    x->fed += len;
    x->ended = len == 0;
    *ret = XML_ParseBuffer(x->parser, (int)len, len == 0);
    return OK;
}

/* A tag that doesn't end would be kept, and looked through again with every piece. */
static err check_token(struct xml *x)
{
    XML_Index at = XML_GetCurrentByteIndex(x->parser);
    uint64_t done = at < 0 ? 0 : (uint64_t)at;
    if (x->fed <= done || x->fed - done <= LIMIT_XML_TOKEN_BYTES)
        return OK;
    return x->failed = err_newf(ERR_LIMIT, "One tag of the spreadsheet's XML is longer than {} bytes.",
                                "Open it in a spreadsheet program and save it again.", err_int(LIMIT_XML_TOKEN_BYTES));
}

err xml_step(struct xml *x, bool *ret_end)
{
    TRY(x->failed);
    starved = false;
    for (;;) {
        enum XML_Status status = XML_STATUS_OK;
        bool resume = x->paused;
        x->paused = false;
        if (resume)
            status = XML_ResumeParser(x->parser);
        else if (!x->ended)
            TRY(feed(x, &status));
        x->starved |= starved;
        if (status == XML_STATUS_ERROR || x->starved)
            return parser_failed(x);
        if (status == XML_STATUS_SUSPENDED) {
            *ret_end = false;
            return OK;
        }
        TRY(check_token(x));
        if (x->ended) {
            *ret_end = true;
            return OK;
        }
    }
}
