/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How bsdprocfs makes the register sets of 32-bit code out of those of 64-bit code.
 */
#include <atf-c.h>
#include <string.h>

#include "../../tools/bsdprocfs/regs32.h"

#if defined(__x86_64__)
ATF_TC_WITHOUT_HEAD(general_registers);
ATF_TC_BODY(general_registers, tc)
{
	struct reg wide = { .r_rax = INT64_C(0x1234567890abcdef), .r_rip = 0x8048000, .r_rflags = 0x246,
		.r_rsp = 0xffffd000, .r_cs = 0x23, .r_ss = 0x2b, .r_gs = 0x63, .r_trapno = 14, .r_err = 4, .r_r8 = 8 };
	struct reg again = { .r_r8 = 8, .r_trapno = 14, .r_err = 4 };
	struct reg32 narrow;

	reg_to_32(&wide, &narrow);
	ATF_CHECK_EQ(narrow.r_eax, 0x90abcdef);
	ATF_CHECK_EQ(narrow.r_eip, 0x8048000);
	ATF_CHECK_EQ(narrow.r_esp, 0xffffd000);
	ATF_CHECK_EQ(narrow.r_cs, 0x23);
	ATF_CHECK_EQ(narrow.r_gs, 0x63);
	ATF_CHECK_EQ(narrow.r_trapno, 0);
	ATF_CHECK_EQ(narrow.r_err, 0);
	reg_from_32(&narrow, &again);
	wide.r_rax = 0x90abcdef;
	ATF_CHECK(memcmp(&wide, &again, sizeof(wide)) == 0);
}

ATF_TC_WITHOUT_HEAD(floating_registers);
ATF_TC_BODY(floating_registers, tc)
{
	struct reg regs = { .r_cs = 0x23, .r_ds = 0x2b };
	struct fpreg wide, again;
	struct fpreg32 narrow;
	uint8_t *env = (uint8_t *)wide.fpr_env;

	memset(&wide, 0xa5, sizeof(wide));
	memcpy(env, "\x7f\x02\x41\x38\x81\x00\xdd\x05\x44\x33\x22\x11\x00\x00\x00\x00"
	    "\x88\x77\x66\x55\x00\x00\x00\x00", 24);
	fpreg_to_32(&wide, &regs, &narrow);
	ATF_CHECK_EQ(narrow.fpr_env[0], 0x27f);
	ATF_CHECK_EQ(narrow.fpr_env[1], 0x3841);
	ATF_CHECK_EQ(narrow.fpr_env[2], 0x3ffc); /* the first and the last are in use */
	ATF_CHECK_EQ(narrow.fpr_env[3], 0x11223344);
	ATF_CHECK_EQ(narrow.fpr_env[4], 0x05dd0023);
	ATF_CHECK_EQ(narrow.fpr_env[5], 0x55667788);
	ATF_CHECK_EQ(narrow.fpr_env[6], 0x2b);
	for (int i = 0; i < 8; i++)
		ATF_CHECK(memcmp(narrow.fpr_acc[i], wide.fpr_acc[i], 10) == 0);
	again = wide;
	memset(again.fpr_acc, 0xa5, sizeof(again.fpr_acc));
	memset(again.fpr_env, 0, 8);
	fpreg_from_32(&narrow, &again);
	((uint8_t *)wide.fpr_env)[5] = 0;
	ATF_CHECK(memcmp(&wide, &again, sizeof(wide)) == 0);
	narrow.fpr_env[2] = 0xfffd; /* a tag that says zero is of a register in use */
	fpreg_from_32(&narrow, &again);
	ATF_CHECK_EQ(((uint8_t *)again.fpr_env)[4], 1);
}

ATF_TC_WITHOUT_HEAD(debug_registers);
ATF_TC_BODY(debug_registers, tc)
{
	struct dbreg wide = { .dr = { 0x1000, 0x2000, 0x3000, 0x4000, 0, 0, 0xffff0ff0, 0x155 } }, again = { 0 };
	struct dbreg32 narrow;

	dbreg_to_32(&wide, &narrow);
	ATF_CHECK_EQ(narrow.dr[6], 0xffff0ff0);
	dbreg_from_32(&narrow, &again);
	ATF_CHECK(memcmp(&wide, &again, sizeof(wide)) == 0);
}
#endif

ATF_TP_ADD_TCS(tp)
{
#if defined(__x86_64__)
	ATF_TP_ADD_TC(tp, general_registers);
	ATF_TP_ADD_TC(tp, floating_registers);
	ATF_TP_ADD_TC(tp, debug_registers);
#endif
	return (atf_no_error());
}
