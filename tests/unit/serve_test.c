/* What a server does for those who talk with it. */
#include "server_world.h"

static void frames_of_every_size_come_back(void **state)
{
    (void)state;
    int fd = reach();
    static const size_t sizes[] = {0, 1, 100, 65535, 65536, (1 << 20) + 1, 40 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        assert_ok(echo(fd, sizes[i]));
    close(fd);
}

static void garbage_half_frames_and_silence_hold_up_nobody(void **state)
{
    (void)state;
    int fd = reach();
    int silent = raw(), half = raw(), header = raw(), huge = raw(), deaf = raw();
    assert_int_equal(send(half, "\0\0\0\100half", 8, 0), 8);
    assert_int_equal(send(header, "\0\0", 2, 0), 2);
    assert_int_equal(send(huge, "\377\377\377\377", 4, 0), 4);
    assert_int_equal(send(deaf, "\0\0\0\1\5", 5, 0), 5); /* asks for a large answer and takes none of it */
    double begin = now();
    for (int i = 0; i < 200; i++)
        assert_ok(echo(fd, 1000));
    assert_true(now() - begin < 3);
    assert_true(ended_by_peer(huge));
    /* The half frame is still welcome when its rest comes. */
    assert_int_equal(send(header, "\0\0", 2, 0), 2);
    char answer[6];
    assert_int_equal(recv(header, answer, sizeof answer, MSG_WAITALL), 6);
    assert_memory_equal(answer, "\0\0\0\2\0\0", 6);
    close(silent);
    close(half);
    close(header);
    close(huge);
    close(deaf);
    for (int i = 0; i < 300; i++) { /* whatever bytes they are */
        int g = raw();
        uint8_t bytes[40];
        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = k < 2 ? 0 : (uint8_t)rand();
        send(g, bytes, (size_t)(rand() % 40), MSG_NOSIGNAL);
        close(g);
    }
    assert_ok(echo(fd, 1000));
    close(fd);
}

static void one_caller_too_many_is_told_so(void **state)
{
    (void)state;
    int fds[LIMIT_KEEPER_CLIENTS], more = -1;
    for (size_t i = 0; i < LIMIT_KEEPER_CLIENTS; i++)
        fds[i] = reach();
    assert_err(ERR_BUSY, reach_for(file, "1", &more));
    assert_non_null(strstr(err_text()->what, "Too many"));
    close(fds[7]);
    usleep(50000);
    fds[7] = reach();
    for (size_t i = 0; i < LIMIT_KEEPER_CLIENTS; i++) {
        assert_ok(echo(fds[i], 10));
        usleep(2000); /* so that the first has been silent for longest */
    }
    /* For a while nobody who has greeted has to go; then the longest silent does. */
    double begin = now();
    assert_err(ERR_BUSY, reach_for(file, "1", &more));
    while (now() - begin < LIMIT_KEEPER_SILENT_SECONDS + 0.5)
        usleep(100000);
    more = reach();
    assert_ok(echo(more, 10));
    assert_err(ERR_IO, echo(fds[0], 10));
    for (size_t i = 1; i < LIMIT_KEEPER_CLIENTS; i++)
        assert_ok(echo(fds[i], 10));
    for (size_t i = 0; i < LIMIT_KEEPER_CLIENTS; i++)
        close(fds[i]);
    close(more);
}

static void a_slowed_user_is_slow_over_every_connection(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf a1 = BUF(100), a2 = BUF(100);
    int first = reach(), second = reach();
    uint8_t alarm1 = 0, alarm2 = 0;
    struct rd r;
    double begin = now();
    /* 300 ms each, asked for at once: the second is behind the first. */
    assert_int_equal(send(first, "\0\0\0\5\2\0\4\223\340", 9, 0), 9);
    usleep(20000);
    assert_ok(ask(second, SLOW, view_of("\0\4\223\340", 4), &alarm2, &a2, &r));
    assert_true(now() - begin >= 0.6);
    assert_ok(frame_receive(first, &a1));
    assert_ok(answer_open(buf_view(&a1), &alarm1, &r));
    assert_true(alarm1 == ALARM_DAY && alarm2 == ALARM_DAY);
    begin = now();
    assert_ok(echo(second, 10)); /* what is not slowed is not slow */
    assert_true(now() - begin < 0.25);
    close(first);
    close(second);
}

static void an_answer_held_back_says_that_it_is_coming(void **state)
{
    (void)state;
    int fd = reach();
    double begin = now();
    assert_int_equal(send(fd, "\0\0\0\5\2\0\152\317\300", 9, 0), 9); /* 7 s */
    uint8_t head[4];
    assert_int_equal(recv(fd, head, sizeof head, MSG_WAITALL), 4);
    assert_memory_equal(head, "\0\0\0\0", 4);
    assert_true(now() - begin > 4 && now() - begin < 6.9);
    CLEANUP(buf_free) struct buf answer = BUF(100);
    struct rd r;
    assert_ok(frame_receive(fd, &answer));
    assert_ok(answer_open(buf_view(&answer), NULL, &r));
    assert_true(now() - begin >= 7);
    close(fd);
}

static long memory_kb(uint32_t pid)
{
    char path[64], line[256];
    long kb = -1;
    snprintf(path, sizeof path, "/proc/%u/status", pid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmRSS: %ld", &kb) == 1)
            break;
    if (f)
        fclose(f);
    return kb;
}

static void whoever_has_not_greeted_fills_no_memory(void **state)
{
    (void)state;
    enum { STRANGERS = 20, MANY = 8 << 20 };
    int known = reach();
    uint32_t pid = number(known, PID);
    CLEANUP(buf_free) struct buf much = BUF(MANY);
    uint8_t *bytes = buf_space(&much, MANY);
    assert_non_null(bytes);
    bytes[0] = 3; /* of 48 MB */
    bytes[4] = ECHO;
    long before = memory_kb(pid);
    int fds[STRANGERS];
    for (int i = 0; i < STRANGERS; i++) {
        fds[i] = raw();
        struct timeval little = {.tv_usec = 100000};
        assert_int_equal(setsockopt(fds[i], SOL_SOCKET, SO_SNDTIMEO, &little, sizeof little), 0);
        for (size_t done = 0, n = 1; done < MANY && n > 0 && n <= MANY; done += n)
            n = (size_t)send(fds[i], bytes + done, MANY - done, MSG_NOSIGNAL);
    }
    assert_true(memory_kb(pid) - before < 8 << 10);
    for (int i = 0; i < STRANGERS; i++) {
        assert_true(ended_by_peer(fds[i]));
        close(fds[i]);
    }
    /* What it may ask it may ask, and one byte more not; nor may one that is known ask more than belongs to what it asks. */
    int fd = stranger();
    assert_ok(echo(fd, STRANGER_BYTES - 1));
    assert_err(ERR_IO, echo(fd, STRANGER_BYTES));
    close(fd);
    CLEANUP(buf_free) struct buf answer = BUF(100);
    struct rd r;
    assert_ok(ask(known, SHORT, view_of(bytes, STRANGER_BYTES - 1), NULL, &answer, &r));
    assert_err(ERR_IO, ask(known, SHORT, view_of(bytes, STRANGER_BYTES), NULL, &answer, &r));
    close(known);
}

static void the_silent_give_way_where_all_places_are_taken(void **state)
{
    (void)state;
    int known = reach(), idle[40];
    for (int i = 0; i < 40; i++)
        idle[i] = raw();
    double begin = now();
    for (int i = 0; i < 3; i++) {
        int fd = reach();
        assert_ok(echo(fd, 100));
        close(fd);
    }
    assert_true(now() - begin < 8);
    assert_ok(echo(known, 100)); /* it had shown that it belongs here */
    for (int i = 0; i < 40; i++)
        close(idle[i]);
    close(known);
}

static void whoever_does_not_greet_is_dropped(void **state)
{
    (void)state;
    int known = reach(), silent = raw(), talks = stranger();
    double begin = now();
    while (now() - begin < LIMIT_KEEPER_GREETING_SECONDS + 2) {
        if (now() - begin < LIMIT_KEEPER_GREETING_SECONDS - 1)
            assert_ok(echo(talks, 10)); /* talking is not greeting */
        usleep(200000);
    }
    assert_true(ended_by_peer(silent));
    assert_err(ERR_IO, echo(talks, 10));
    assert_ok(echo(known, 10));
    close(silent);
    close(talks);
    close(known);
}

static void an_error_comes_with_its_words_and_place_and_a_refusal_ends_the_conversation(void **state)
{
    (void)state;
    CLEANUP(buf_free) struct buf answer = BUF(4096);
    int fd = reach();
    struct rd r;
    assert_err(ERR_DENIED, ask(fd, REFUSE, (struct view){0}, NULL, &answer, &r));
    assert_string_equal(err_text()->what, "No.");
    assert_string_equal(err_text()->todo, "Ask for less.");
    assert_string_equal(err_text()->where, "some file");
    assert_true(ended_by_peer(fd));
    close(fd);
}

static void it_ends_when_its_file_goes_is_replaced_or_overwritten(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        int fd = reach();
        uint32_t pid = number(fd, PID);
        assert_ok(echo(fd, 10));
        if (how == 0)
            assert_ok(seam_unlink(file));
        if (how == 1)
            assert_ok(seam_replace(dir, "slot", view_text("held"), 0600));
        if (how == 2) {
            CLEANUP(seam_close) struct seam_file f = SEAM_FILE;
            assert_ok(seam_open(&f, file, SEAM_FOR_WRITING));
            assert_ok(seam_write(&f, 0, view_text("HELD")));
        }
        assert_true(gone(pid));
        assert_true(ended_by_peer(fd));
        close(fd);
        if (how == 0)
            assert_ok(seam_create_once(file, view_text("held")));
    }
}

static void it_ends_when_nobody_used_it_for_a_while_and_not_before(void **state)
{
    (void)state;
    int fd = reach();
    uint32_t pid = number(fd, PID);
    sleep(2);
    assert_ok(echo(fd, 10));
    close(fd);
    assert_true(gone(pid));
    fd = reach();
    assert_int_not_equal(number(fd, PID), pid);
    close(fd);
}

int main(int argc, char **argv)
{
    SERVER_ROLE(argc, argv);
    const struct CMUnitTest tests[] = {
        TEST(frames_of_every_size_come_back),
        TEST(garbage_half_frames_and_silence_hold_up_nobody),
        TEST(one_caller_too_many_is_told_so),
        TEST(a_slowed_user_is_slow_over_every_connection),
        TEST(an_answer_held_back_says_that_it_is_coming),
        TEST(whoever_has_not_greeted_fills_no_memory),
        TEST(the_silent_give_way_where_all_places_are_taken),
        TEST(whoever_does_not_greet_is_dropped),
        TEST(an_error_comes_with_its_words_and_place_and_a_refusal_ends_the_conversation),
        TEST(it_ends_when_its_file_goes_is_replaced_or_overwritten),
        TEST(it_ends_when_nobody_used_it_for_a_while_and_not_before),
    };
    return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}
