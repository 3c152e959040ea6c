/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PROCMAP_QUERY, an ioctl of /proc/PID/maps since Linux 6.11, which the system's headers may not have yet.
 */
#ifndef HOST_LINUX_MAPQUERY_H
#define HOST_LINUX_MAPQUERY_H

#include <stdint.h>
#include <sys/ioctl.h>

struct map_query {
	uint64_t mq_size; /* of this struct */
	uint64_t mq_flags;
	uint64_t mq_addr; /* the mapping there is asked for */
	uint64_t mq_start, mq_end;
	uint64_t mq_has; /* MQ_ bits of the mapping */
	uint64_t mq_pagesize;
	uint64_t mq_offset;
	uint64_t mq_inode;
	uint32_t mq_major, mq_minor;
	uint32_t mq_namesize; /* in: room; out: length with its NUL, 0: none */
	uint32_t mq_idsize;
	uint64_t mq_name; /* address of the room */
	uint64_t mq_id;
};

#define MAP_QUERY _IOWR('f', 17, struct map_query)

#define MQ_READ	  0x01u
#define MQ_WRITE  0x02u
#define MQ_EXEC	  0x04u
#define MQ_SHARED 0x08u
#define MQ_NEXT	  0x10u /* mq_flags: or the one after it */

#endif
