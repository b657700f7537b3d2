/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The same XDP program with the card's receive stamps: for `--stamps hardware`, and
 * for kernels (from 6.3 on) and drivers that have them. An object of its own, because
 * a kernel that does not know the function below refuses the whole program, and one
 * that does binds it to one interface.
 *
 * Kernels fault when the interface of a bound program goes away after they have moved
 * the program to a larger place while loading it: what they note of it on behalf of the
 * interface stays where it was. They move it when it outgrows the place for as many
 * instructions as it was given with. So it is given with instructions that can never
 * run, of which the verifier makes room. Whoever loads it makes sure afterwards (see
 * userspace/kernel/hardware_stamps.h).
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *frame, __u64 *stamp) __ksym;

/* Never true, which the verifier knows and the compiler does not. */
const volatile __u32 never;

static __always_inline __u64 card_stamp(struct xdp_md *frame)
{
	__u64 stamp = 0;

	if (never)
		asm volatile(".rept 512\n r0 = 0\n .endr" ::: "r0");
	return bpf_xdp_metadata_rx_timestamp(frame, &stamp) ? 0 : stamp;
}
#define CARD_STAMP(frame) card_stamp(frame)

#include "buddyring.bpf.c"
