#include "import.h"

#include <stdlib.h>
#include <string.h>

#include "entry.h"
#include "import_int.h"
#include "seam.h"

static const struct import_result nothing = {.source = "", .system = ""};

enum { LOOK_UPS_A_ROW = 24 }; /* tokens of a row, and people who share a postcode with it */

static void import_free(struct import *im)
{
    mem_free(im->row_person);
    mem_free(im->people);
    seen_free(&im->seen);
    mem_free(im->kept);
    arena_free(im->kept_arena);
    mem_free(im->met);
    mem_free(im->rejected);
    mem_free(im->near);
    people_tokens_free(&im->tokens);
    *im = (struct import){0};
}

/* Into an empty register nobody is looked up: what a first pass found holds, and need not be found again. */
static void adopt(struct import *im, struct import *from)
{
    arena_free(im->kept_arena);
    im->row_person = from->row_person;
    im->row_count = from->row_count;
    im->people = from->people;
    im->people_count = from->people_count;
    im->kept = from->kept;
    im->kept_count = from->kept_count;
    im->kept_arena = from->kept_arena;
    im->unreadable = from->unreadable;
    im->adopted = true;
    from->row_person = NULL;
    from->people = NULL;
    from->kept = NULL;
    from->kept_arena = NULL;
}

static err start(struct import *im)
{
    im->now = vault_now(im->v);
    im->exported = im->o->exported != DAY_UNKNOWN ? im->o->exported : vault_today(im->v);
    im->r->mode = im->o->mode;
    ENSURE(im->exported <= vault_today(im->v), err_new(ERR_USAGE, "The day of the export (--exported) lies ahead.",
                                                       "Say the day on which the file was made, or leave it out for today."));
    im->rejected = mem_array(IMPORT_REJECTED_MAX, sizeof *im->rejected);
    im->near = mem_array(IMPORT_NEAR_MAX, sizeof *im->near);
    im->kept_arena = arena_new();
    ENSURE(im->rejected && im->near && im->kept_arena, mem_none());
    return import_open(im);
}

/* Everything to be opened or looked up stands in the log before it is. */
static err warrant(struct import *im)
{
    uint64_t there, number;
    TRY(people_count(im->v, &there));
    im->there_before = (uint32_t)there;
    im->met = mem_alloc(there / 8 + 1);
    ENSURE(im->met, mem_none());
    number = 3 * im->lines; /* whom an open breach may concern is opened twice more */
    if (there)
        number += im->lines * LOOK_UPS_A_ROW + there * 6;
    return vault_warrant(im->v, "import", im->r->source, config_categories(im->c), number);
}

static err file_changed(const struct import *im)
{
    return err_at(err_new(ERR_CONFLICT, "The file was changed while it was read.", "Run the import again."), im->o->path, 0, 0);
}

static err file_unchanged(struct import *im)
{
    struct hash now;
    uint64_t lines;
    TRY(import_file_hash(im->o->path, &now, &lines));
    ENSURE(hash_equal(&now, &im->r->file), file_changed(im));
    return OK;
}

static err entry(struct import *im)
{
    const struct import_result *r = im->r;
    CLEANUP(buf_free) struct buf file = BUF(128); /* in clear anybody could try files against it */
    buf_str(&file, "{\"file\":\"");
    buf_hex(&file, hash_view(&r->file));
    buf_str(&file, "\"}");
    TRY(buf_ok(&file));
    return vault_entry_hiding(im->v,
                       json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "kind", "import", "source", r->source, "mode",
                                 r->mode == IMPORT_FULL ? "full" : "part", "read", entry_count(r->read), "added",
                                 entry_count(r->added), "updated", entry_count(r->updated), "unchanged",
                                 entry_count(r->unchanged), "gone", entry_count(r->gone)),
                       "file", buf_view(&file), &im->r->entry);
}

/* Why nothing may be written, if so. */
static err verdict(const struct import *im)
{
    const struct import_result *r = im->r;
    ENSURE(r->rejected_count == 0 || im->o->skip_rejected,
           err_at(err_newf(ERR_INVALID, "{} of {} rows can't be imported; nothing was changed.",
                           "Mend the rows that are listed, or take the rest with --skip-rejected.",
                           err_int((long long)r->rejected_count), err_int((long long)r->read)),
                  im->o->path, 0, 0));
    bool many = r->gone * 100 > r->was_there;
    ENSURE(!many || im->o->accept_gone,
           err_at(err_newf(ERR_INVALID, "{} of the {} people of the source '{}' are not in this file; nothing was changed.",
                           "If they really left, import it with --accept-gone. If the file holds only some people, use --part.",
                           err_int((long long)r->gone), err_int((long long)r->was_there), err_name(r->source)),
                  im->o->path, 0, 0));
    return OK;
}

/* Inside the transaction. */
static err passes(struct import *im)
{
    im->writes = !im->o->dry_run;
    if (!im->adopted)
        TRY(import_first_pass(im));
    im->writes = im->writes && (im->r->rejected_count == 0 || im->o->skip_rejected);
    TRY(import_gone(im));
    TRY(import_second_pass(im));
    im->r->people = im->r->added + im->r->updated + im->r->unchanged;
    TRY(file_unchanged(im));
    TRY(verdict(im));
    if (im->o->dry_run)
        return OK;
    if (im->o->progress)
        im->o->progress(im->o->progress_ctx, "indexing", 0, 0);
    TRY(people_tokens_add(im->v, &im->tokens));
    if (im->o->saved)
        TRY(im->o->saved(im->o->saved_ctx, NULL, 0));
    if (im->there_before)
        TRY(people_forget_past(im->v, im->c, &im->r->forgotten));
    TRY(entry(im));
    seam_crash_point("import-before-commit");
    return vault_commit(im->v);
}

static int by_line(const void *a, const void *b)
{
    const struct import_rejected *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

/* Nothing was changed: nothing counts but what was read and rejected. */
static void count_nothing(struct import_result *r)
{
    r->people = r->added = r->updated = r->unchanged = r->gone = r->left_out = r->forgotten = r->near_count = 0;
    r->near_shown = r->new_field_count = 0;
}

static err hand_over(struct import *im)
{
    struct import_result *r = im->r;
    if (im->rejected) {
        qsort(im->rejected, r->rejected_shown, sizeof *im->rejected, by_line);
        for (size_t i = 0; i < r->rejected_shown; i++) {
            im->rejected[i].member = import_member_of(im, im->rejected[i].line);
            im->rejected[i].line = import_line(im, im->rejected[i].line);
        }
        r->rejected = arena_copy(im->a, im->rejected, r->rejected_shown * sizeof *im->rejected);
        ENSURE(r->rejected, mem_none());
    }
    struct import_odd *odd = arena_array(im->a, im->cols.count + 1, sizeof *odd);
    ENSURE(odd, mem_none());
    r->odd_count = 0;
    for (size_t i = 0; im->plan && i < im->cols.count; i++)
        if (im->plan[i].odd.count)
            odd[r->odd_count++] = im->plan[i].odd;
    for (size_t i = 0; i < r->odd_count; i++)
        for (size_t k = 0; k < IMPORT_ODD_LINES; k++)
            odd[i].lines[k] = import_line(im, odd[i].lines[k]);
    r->odd = odd;
    if (im->near) {
        for (size_t i = 0; i < r->near_shown; i++)
            im->near[i].line = import_line(im, im->near[i].line);
        r->near = arena_copy(im->a, im->near, r->near_shown * sizeof *im->near);
        ENSURE(r->near, mem_none());
    }
    return OK;
}

/* A file with rows that can't be taken leaves no trace, not even a warrant: it is gone through once without looking anybody up, which
 * takes 2 s for a million rows.  What only the register tells (ids of several people, too many gone) needs the warrant before it is
 * known. */
static err check_first(struct import *im, bool *ret_refused)
{
    *ret_refused = false;
    im->met = mem_alloc(1);
    ENSURE(im->met, mem_none());
    if (im->o->skip_rejected)
        return OK;
    TRY(vault_begin(im->v));
    TRY(import_settle(im));
    TRY(import_first_pass(im));
    im->only_conflicts = true;
    TRY(import_second_pass(im));
    *ret_refused = im->r->rejected_count > 0;
    return OK;
}

static err measure(struct import *im)
{
    TRY(start(im));
    TRY(import_file_hash(im->o->path, &im->r->file, &im->lines));
    return import_count_rows(im);
}

/* `first` has gone through the file already; its memory is given back before anything is written.  That the file is still the same is
 * seen at the end. */
static err run(struct import *im, struct import *first)
{
    const struct import_result found = *im->r;
    *im->r = nothing;
    TRY(start(im));
    ENSURE(im->cols.count == first->cols.count, file_changed(im));
    im->r->file = found.file;
    im->lines = first->lines;
    TRY(warrant(im));
    TRY(vault_begin(im->v));
    bool empty = im->there_before == 0 && !im->o->skip_rejected;
    if (empty) {
        adopt(im, first);
        im->r->read = found.read;
        im->r->left_out = found.left_out;
    }
    TRY(import_settle(im));
    for (size_t i = 0; empty && i < im->cols.count; i++)
        im->plan[i].odd = first->plan[i].odd;
    import_free(first);
    return passes(im);
}

static err finish(err e, err kept)
{
    if (e.kind != ERR_OK)
        err_ignore(kept, "the first failure is the one to tell");
    return e.kind != ERR_OK ? e : kept;
}

err import_run(struct vault *v, struct config *c, struct arena *a, const struct import_options *o, struct import_result *ret)
{
    CLEANUP(import_free) struct import im = {.v = v, .c = c, .a = a, .o = o, .r = ret};
    TRY(vault_lease(v));
    TRY(config_again(v, c));
    struct config before = *c;
    CLEANUP(import_free) struct import first = im;
    bool refused = false;
    *ret = nothing;
    err e = measure(&first);
    if (e.kind == ERR_OK)
        e = check_first(&first, &refused);
    if (e.kind != ERR_OK || refused) {
        vault_undo(v);
        *c = before;
        err kept = hand_over(&first);
        e = e.kind != ERR_OK ? e : verdict(&first);
        count_nothing(ret);
        return finish(e, kept);
    }
    vault_undo(v);
    *c = before;
    e = run(&im, &first);
    if (e.kind != ERR_OK || o->dry_run) {
        vault_undo(v);
        *c = before;
    }
    err kept = hand_over(&im);
    if (e.kind != ERR_OK)
        count_nothing(ret);
    return finish(e, kept);
}
