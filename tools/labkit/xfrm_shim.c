// SPDX-License-Identifier: Apache-2.0
/*
 * Preloaded into an IKE daemon of the lab: answers its NETLINK_XFRM requests where the kernel has
 * no ESP.
 *
 * Every socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM) becomes one end of a datagram socket pair. A
 * request written to it is answered at once through the other end: SPIs are allocated, everything
 * else is acknowledged. So Child SAs are established and the IKE messages are the real ones, but no
 * packet is ever encrypted by this machine.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* the daemon's own call behind ours; POSIX, not ISO C, lets an object pointer hold it */
#define symbol(name) (__extension__(__typeof__(next)) dlsym(RTLD_NEXT, name))

enum { MAX_FD = 4096 };

/* the answering end of each faked socket plus one, 0 where the descriptor is an ordinary one */
static int answer_fd[MAX_FD];

static int answers_for(int fd)
{
	return fd >= 0 && fd < MAX_FD && answer_fd[fd] ? answer_fd[fd] - 1 : -1;
}

static void reply(int fd, const struct nlmsghdr *request, uint16_t type, const void *body,
                  size_t length)
{
	char buffer[1024] = {0};
	struct nlmsghdr header = {
	        .nlmsg_len = (uint32_t)(NLMSG_HDRLEN + length),
	        .nlmsg_type = type,
	        .nlmsg_seq = request->nlmsg_seq,
	        .nlmsg_pid = request->nlmsg_pid,
	};

	memcpy(buffer, &header, sizeof(header));
	memcpy(buffer + NLMSG_HDRLEN, body, length);
	(void)!write(fd, buffer, NLMSG_HDRLEN + length);
}

static void acknowledge(int fd, const struct nlmsghdr *request, int error)
{
	struct nlmsgerr body = {.error = error, .msg = *request};

	reply(fd, request, NLMSG_ERROR, &body, sizeof(body));
}

static void reply_sa(int fd, const struct nlmsghdr *request)
{
	struct xfrm_usersa_info sa = {0};

	if (request->nlmsg_type == XFRM_MSG_ALLOCSPI) {
		const struct xfrm_userspi_info *wanted = NLMSG_DATA(request);
		uint32_t spi = 0;

		(void)!getrandom(&spi, sizeof(spi), 0);
		sa = wanted->info;
		sa.id.spi = htonl((spi & 0x0fffffff) | 0xc0000000);
	} else {
		const struct xfrm_usersa_id *id = NLMSG_DATA(request);

		sa.id.daddr = id->daddr;
		sa.id.spi = id->spi;
		sa.id.proto = id->proto;
		sa.family = id->family;
	}
	reply(fd, request, XFRM_MSG_NEWSA, &sa, sizeof(sa));
}

static void answer(int fd, const struct nlmsghdr *request)
{
	switch (request->nlmsg_type) {
	case XFRM_MSG_ALLOCSPI:
	case XFRM_MSG_GETSA: reply_sa(fd, request); break;
	case XFRM_MSG_GETPOLICY: acknowledge(fd, request, -ENOENT); break;
	default: acknowledge(fd, request, 0); break;
	}
}

int socket(int domain, int type, int protocol)
{
	int (*next)(int, int, int) = symbol("socket");
	int pair[2];

	if (domain != AF_NETLINK || protocol != NETLINK_XFRM)
		return next(domain, type, protocol);
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	if (pair[0] >= MAX_FD) {
		close(pair[0]);
		close(pair[1]);
		errno = EMFILE;
		return -1;
	}
	answer_fd[pair[0]] = pair[1] + 1;
	return pair[0];
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	int (*next)(int, const struct sockaddr *, socklen_t) = symbol("bind");

	return answers_for(fd) >= 0 ? 0 : next(fd, address, length);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	int (*next)(int, int, int, const void *, socklen_t) = symbol("setsockopt");

	/* nor can this kernel decapsulate: the daemon is given ESP in UDP and ignores it */
	if (answers_for(fd) >= 0 || (level == IPPROTO_UDP && name == UDP_ENCAP))
		return 0;
	return next(fd, level, name, value, length);
}

ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *to,
               socklen_t to_length)
{
	ssize_t (*next)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
	        symbol("sendto");
	int other = answers_for(fd);

	if (other < 0)
		return next(fd, data, length, flags, to, to_length);
	answer(other, data);
	return (ssize_t)length;
}

int close(int fd)
{
	int (*next)(int) = symbol("close");
	int other = answers_for(fd);

	if (other >= 0) {
		answer_fd[fd] = 0;
		next(other);
	}
	return next(fd);
}
