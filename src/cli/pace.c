/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Keys that end a replay, and those that play the rest without waiting. */
#define QUIT "qQ\003\004"
#define REST "cC"

/* A longer gap is played as one of a day: the machine's clock must be able to count it. */
#define GAP_MOST 86400.0

static const char prompt[] = "-- any key: next message, c: the rest, q: end --";
static const char wipe[] = "\r\033[K";

/* Set by a signal, read by the wait: the one variable that a handler may touch. */
static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

/* Signals that end a wait; without SA_RESTART, so that they end what is being waited for. */
static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define ENDING (sizeof(ending) / sizeof(ending[0]))

bool ik_pace_begin(struct ik_pace *pace, const struct ik_cli *cli)
{
	struct termios mode;

	*pace = (struct ik_pace){.keys = cli->step, .speed = cli->speed, .terminal = -1};
	if (!cli->step)
		return true;
	pace->terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (pace->terminal >= 0 && tcgetattr(pace->terminal, &mode) == 0)
		return true;
	ik_cli_error("--step reads keys from the terminal, and there is none (/dev/tty: %s); "
	             "--speed plays without keys",
	             strerror(errno));
	ik_pace_end(pace);
	return false;
}

void ik_pace_end(struct ik_pace *pace)
{
	if (pace->terminal >= 0)
		(void)close(pace->terminal);
	pace->terminal = -1;
}

/* ---- waiting ----------------------------------------------------------------------------- */

static void say(const struct ik_pace *pace, const char *text)
{
	/* A prompt that cannot be written is none; the key is waited for all the same. */
	if (write(pace->terminal, text, strlen(text)) < 0)
		return;
}

/* A single key, or IK_PACE_ENOUGH's sign, 'q'. Who stops and continues the program gets the mode of
 * the terminal back meanwhile, so it is set again behind each interruption. */
static char key(const struct ik_pace *pace)
{
	struct termios usual, single;
	char c = 'q';

	if (tcgetattr(pace->terminal, &usual) != 0)
		return c;
	single = usual;
	single.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	single.c_cc[VMIN] = 1;
	single.c_cc[VTIME] = 0;
	say(pace, prompt);
	while (!interrupted) {
		struct pollfd wanted = {.fd = pace->terminal, .events = POLLIN};
		int ready;

		(void)tcsetattr(pace->terminal, TCSADRAIN, &single);
		ready = poll(&wanted, 1, -1);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready < 0 || read(pace->terminal, &c, 1) != 1)
			c = 'q';
		break;
	}
	say(pace, wipe);
	(void)tcsetattr(pace->terminal, TCSADRAIN, &usual);
	return c;
}

/* Whatever else an escape sequence consists of belongs to the key that began it. */
static void forget_rest_of_key(const struct ik_pace *pace)
{
	(void)tcflush(pace->terminal, TCIFLUSH);
}

static int wait_key(struct ik_pace *pace)
{
	char c;

	if (!pace->waited)
		return 0;
	c = key(pace);
	if (interrupted || strchr(QUIT, c) != NULL)
		return IK_PACE_ENOUGH;
	if (c == '\033')
		forget_rest_of_key(pace);
	if (strchr(REST, c) != NULL)
		pace->keys = false;
	return 0;
}

static int wait_time(const struct ik_pace *pace, ikescope_time since)
{
	double seconds =
	        pace->speed > 0 ? (double)since / (double)IKESCOPE_SECOND / pace->speed : 0;
	struct timespec left;

	if (seconds > GAP_MOST)
		seconds = GAP_MOST;
	left.tv_sec = (time_t)seconds;
	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	while (!interrupted && nanosleep(&left, &left) != 0)
		if (errno != EINTR)
			break;
	return interrupted ? IK_PACE_ENOUGH : 0;
}

int ik_pace_wait(void *ctx, ikescope_time since)
{
	struct sigaction act = {.sa_handler = interrupt}, usual[ENDING];
	struct ik_pace *pace = ctx;
	int rc;

	for (size_t i = 0; i < ENDING; i++)
		(void)sigaction(ending[i], &act, &usual[i]);
	rc = pace->keys ? wait_key(pace) : wait_time(pace, since);
	pace->waited = true;
	for (size_t i = 0; i < ENDING; i++)
		(void)sigaction(ending[i], &usual[i], NULL);
	return rc;
}
