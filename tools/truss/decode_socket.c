/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Addresses of sockets, their options, and what is sent beside data.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "view.h"

static void
key_address(struct view *v, int family, const void *address)
{
	char text[INET6_ADDRSTRLEN];

	view_key(v, "addr");
	view_word(v, inet_ntop(family, address, text, sizeof(text)));
}

void
show_in_addr(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	char text[INET6_ADDRSTRLEN];

	view_word(v, inet_ntop(AF_INET, bytes, text, sizeof(text)));
}

void
show_in6_addr(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	char text[INET6_ADDRSTRLEN];

	view_word(v, inet_ntop(AF_INET6, bytes, text, sizeof(text)));
}

static void
key_number(struct view *v, const char *name, uint64_t value)
{
	view_key(v, name);
	view_uint(v, value);
}

/* Every address that is looked into, at its full size. */
union sockaddr_any {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_nl nl;
	struct sockaddr_ll ll;
};

static void
inet_address(struct view *v, const union sockaddr_any *any, size_t len)
{
	key_address(v, AF_INET, &any->in.sin_addr);
	key_number(v, "port", ntohs(any->in.sin_port));
}

static void
inet6_address(struct view *v, const union sockaddr_any *any, size_t len)
{
	key_address(v, AF_INET6, &any->in6.sin6_addr);
	key_number(v, "port", ntohs(any->in6.sin6_port));
	if (any->in6.sin6_flowinfo != 0)
		key_number(v, "flowinfo", ntohl(any->in6.sin6_flowinfo));
	if (any->in6.sin6_scope_id != 0)
		key_number(v, "scope_id", any->in6.sin6_scope_id);
}

/* An abstract name begins with a NUL and has the rest of the address in it. */
static void
unix_address(struct view *v, const union sockaddr_any *any, size_t len)
{
	size_t room = len - offsetof(struct sockaddr_un, sun_path);
	const char *path = any->un.sun_path;

	if (len <= offsetof(struct sockaddr_un, sun_path))
		return;
	view_key(v, "path");
	view_string(v, path, *path == '\0' ? room : strnlen(path, room), false);
}

static void
netlink_address(struct view *v, const union sockaddr_any *any, size_t len)
{
	key_number(v, "pid", any->nl.nl_pid);
	view_key(v, "groups");
	view_hex(v, any->nl.nl_groups);
}

static void
packet_address(struct view *v, const union sockaddr_any *any, size_t len)
{
	view_key(v, "protocol");
	view_hex(v, ntohs(any->ll.sll_protocol));
	key_number(v, "ifindex", (unsigned)any->ll.sll_ifindex);
}

static const struct {
	sa_family_t family;
	size_t least;
	void (*show)(struct view *, const union sockaddr_any *, size_t len);
} families[] = {
	{ AF_INET, sizeof(struct sockaddr_in), inet_address },
	{ AF_INET6, offsetof(struct sockaddr_in6, sin6_scope_id), inet6_address },
	{ AF_UNIX, sizeof(sa_family_t), unix_address },
	{ AF_NETLINK, sizeof(struct sockaddr_nl), netlink_address },
	{ AF_PACKET, offsetof(struct sockaddr_ll, sll_addr), packet_address },
};

static void
show_family(struct view *v, const union sockaddr_any *any, size_t len)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (families[i].family == any->sa.sa_family && len >= families[i].least) {
			families[i].show(v, any, len);
			return;
		}
	if (any->sa.sa_family != AF_UNSPEC) {
		view_key(v, "data");
		view_string(v, any->sa.sa_data, len - sizeof(sa_family_t), false);
	}
}

void
show_sockaddr(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	union sockaddr_any any = { 0 };

	if (len < sizeof(sa_family_t)) {
		view_null(v);
		return;
	}
	if (len > sizeof(any))
		len = sizeof(any);
	memcpy(&any, bytes, len);
	view_open(v, '{');
	view_key(v, "family");
	show_value(v, &type_sock_domain, any.sa.sa_family);
	show_family(v, &any, len);
	view_close(v, '}');
}

/* Most options are an int; the others are shown as bytes. */
void
show_sockopt(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	if (len != sizeof(int)) {
		view_string(v, bytes, len < v->opt->strsize ? len : v->opt->strsize, len > v->opt->strsize);
		return;
	}
	view_open(v, '[');
	view_item(v);
	view_int(v, (int32_t)load(bytes, sizeof(int)));
	view_close(v, ']');
}

/* ---- Control messages ---- */

static void
show_rights(struct view *v, const uint8_t *data, size_t len)
{
	view_key(v, "fds");
	view_open(v, '[');
	for (size_t at = 0; at + sizeof(int) <= len; at += sizeof(int)) {
		view_item(v);
		view_int(v, (int32_t)load(data + at, sizeof(int)));
	}
	view_close(v, ']');
}

static void
show_credentials(struct view *v, const uint8_t *data)
{
	key_number(v, "pid", load(data, 4));
	key_number(v, "uid", load(data + 4, 4));
	key_number(v, "gid", load(data + 8, 4));
}

static void
show_message(struct view *v, int level, int type, const uint8_t *data, size_t len)
{
	view_open(v, '{');
	view_key(v, "level");
	show_value(v, &type_sock_level, (uint64_t)level);
	view_key(v, "type");
	show_value(v, level == SOL_SOCKET ? &type_scm_type : &type_int, (uint64_t)type);
	if (level == SOL_SOCKET && type == SCM_RIGHTS)
		show_rights(v, data, len);
	else if (level == SOL_SOCKET && type == SCM_CREDENTIALS && len >= 12)
		show_credentials(v, data);
	else {
		view_key(v, "data");
		show_bytes(v, &type_bytes, data, len);
	}
	view_close(v, '}');
}

void
show_control(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	size_t word = view_word_size(v), head = word + 8;

	view_open(v, '[');
	for (size_t at = 0; at + head <= len;) {
		size_t size = (size_t)load(bytes + at, word);

		if (size < head || size > len - at)
			break;
		view_item(v);
		show_message(v, (int)load(bytes + at + word, 4), (int)load(bytes + at + word + 4, 4),
		    bytes + at + head, size - head);
		at += (size + word - 1) / word * word;
	}
	view_close(v, ']');
}
