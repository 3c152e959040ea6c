/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the running kernel can do and not every kernel since 5.10 can.  Asked once and kept; a test may say
 * itself what is to be believed, so that one machine tests the ways of all kernels.
 */
#ifndef HOST_LINUX_PROBE_H
#define HOST_LINUX_PROBE_H

#include <stdbool.h>

enum feature {
	FT_MAP_QUERY,  /* PROCMAP_QUERY of /proc/PID/maps: 6.11 */
	FT_READ_STAYS, /* process_vm_readv does not make a stack grow: 6.5 */
	FT_FEATURES
};

bool probe_has(enum feature);
void probe_set(enum feature, bool has); /* for tests */

#endif
