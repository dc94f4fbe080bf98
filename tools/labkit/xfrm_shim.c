// SPDX-License-Identifier: Apache-2.0
/*
 * Preloaded into an IKE daemon of the lab: answers its NETLINK_XFRM and PF_KEY requests where the
 * kernel has no ESP.
 *
 * Every socket(AF_NETLINK, ..., NETLINK_XFRM) becomes one end of a datagram socket pair. A request
 * written to it is answered at once through the other end: SPIs are allocated, everything else is
 * acknowledged. A PF_KEY socket is answered likewise, by a thread: OpenIKED opens it in one process
 * and hands it to another. So Child SAs are established and the IKE messages are the real ones, but
 * no packet is ever encrypted by this machine.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/pfkeyv2.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
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

static int open_netlink(int type)
{
	int (*next)(int) = symbol("close");
	int flags = type & (SOCK_CLOEXEC | SOCK_NONBLOCK);
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | flags, 0, pair) != 0)
		return -1;
	if (pair[0] >= MAX_FD) {
		next(pair[0]);
		next(pair[1]);
		errno = EMFILE;
		return -1;
	}
	answer_fd[pair[0]] = pair[1] + 1;
	return pair[0];
}

/* RFC 2367 2: the header comes back without an error, with the SPI where one was asked for */
static void *answer_pf_key(void *argument)
{
	union {
		struct sadb_msg header;
		uint64_t words[512];
	} request;
	int fd = (int)(intptr_t)argument;

	while (read(fd, &request, sizeof(request)) >= (ssize_t)sizeof(request.header)) {
		struct {
			struct sadb_msg header;
			struct sadb_sa sa;
		} reply = {.header = request.header};
		size_t length = sizeof(reply.header);

		if (request.header.sadb_msg_type == SADB_GETSPI) {
			(void)!getrandom(&reply.sa.sadb_sa_spi, sizeof(reply.sa.sadb_sa_spi), 0);
			reply.sa.sadb_sa_spi |= htonl(0xc0000000);
			reply.sa.sadb_sa_exttype = SADB_EXT_SA;
			reply.sa.sadb_sa_len = sizeof(reply.sa) / 8;
			length = sizeof(reply);
		}
		reply.header.sadb_msg_errno = 0;
		reply.header.sadb_msg_len = (uint16_t)(length / 8);
		(void)!send(fd, &reply, length, MSG_NOSIGNAL);
	}
	close(fd);
	return NULL;
}

static int open_pf_key(void)
{
	pthread_t thread;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	errno = pthread_create(&thread, NULL, answer_pf_key, (void *)(intptr_t)pair[1]);
	if (errno != 0)
		return -1;
	pthread_detach(thread);
	return pair[0];
}

int socket(int domain, int type, int protocol)
{
	int (*next)(int, int, int) = symbol("socket");

	if (domain == AF_NETLINK && protocol == NETLINK_XFRM)
		return open_netlink(type);
	if (domain == PF_KEY)
		return open_pf_key();
	return next(domain, type, protocol);
}

/* OpenIKED gives the kernel a millisecond for its answer; a thread on a busy machine needs more */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	int (*next)(struct pollfd *, nfds_t, int) = symbol("poll");

	return next(fds, count, timeout == 1 ? 2000 : timeout);
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	int (*next)(int, const struct sockaddr *, socklen_t) = symbol("bind");

	return answers_for(fd) >= 0 ? 0 : next(fd, address, length);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	int (*next)(int, int, int, const void *, socklen_t) = symbol("setsockopt");

	/* nor can this kernel decapsulate: the daemon is given ESP in UDP and ignores it;
	   IP_IPSEC_POLICY and IPV6_IPSEC_POLICY are PF_KEY's */
	if (answers_for(fd) >= 0 || (level == IPPROTO_UDP && name == UDP_ENCAP) ||
	    (level == IPPROTO_IP && name == IP_IPSEC_POLICY) ||
	    (level == IPPROTO_IPV6 && name == IPV6_IPSEC_POLICY))
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

ssize_t write(int fd, const void *data, size_t length)
{
	ssize_t (*next)(int, const void *, size_t) = symbol("write");
	int other = answers_for(fd);

	if (other < 0)
		return next(fd, data, length);
	answer(other, data);
	return (ssize_t)length;
}

/* libreswan wants to see that the kernel is the sender */
ssize_t recvfrom(int fd, void *data, size_t length, int flags, struct sockaddr *from,
                 socklen_t *from_length)
{
	ssize_t (*next)(int, void *, size_t, int, struct sockaddr *, socklen_t *) =
	        symbol("recvfrom");
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	if (answers_for(fd) < 0 || !from)
		return next(fd, data, length, flags, from, from_length);
	memcpy(from, &kernel, *from_length < sizeof(kernel) ? *from_length : sizeof(kernel));
	*from_length = sizeof(kernel);
	return next(fd, data, length, flags, NULL, NULL);
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
