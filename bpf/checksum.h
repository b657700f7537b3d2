/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The Internet checksum. Sums are over words as they lie in memory: the
 * one's-complement sum does not care about byte order, so nothing is swapped.
 * Every sum is folded twice, because the first fold may carry again.
 */
#ifndef BUDDYRING_CHECKSUM_H
#define BUDDYRING_CHECKSUM_H

#include <linux/types.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Of a block whose checksum field is right: the sum with the field included. */
#define CHECKSUM_RIGHT 0xffff

/* How far the data of an echo is looked at to tell zeros from a sum of zero. */
#define ZERO_SCAN_BYTES_MAX 1472

static __always_inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The folded sum of `bytes` bytes, an even constant. */
static __always_inline __u16 sum_of(const void *start, __u32 bytes)
{
	const __u16 *word = start;
	__u32 sum = 0;

#pragma unroll
	for (__u32 i = 0; i < bytes / sizeof(*word); i++)
		sum += word[i];
	return fold(sum);
}

/* True when [start, end) within the frame holds zeros only, as far as it is looked at. */
static __always_inline bool all_zero(const __u8 *start, const __u8 *end, const __u8 *frame_end)
{
	for (int i = 0; i < ZERO_SCAN_BYTES_MAX; i++) {
		const __u8 *byte = start + i;

		if (byte >= end || byte + 1 > frame_end)
			return true;
		if (*byte)
			return false;
	}
	return true;
}

/*
 * The checksum of a message after one of its words, `cleared`, became 0. The sum
 * has two forms of zero: a whole recomputation gives 0 where anything is set and
 * 0xffff where all is zero, and only the latter is right for all zeros. `rest`
 * is what follows the checksum; what precedes it is 0 by now.
 */
static __always_inline __u16 checksum_after_clearing(__u16 checksum, __u16 cleared,
						     const __u8 *rest, const __u8 *end,
						     const __u8 *frame_end)
{
	__u16 after = ~fold((__u16)~checksum + (__u16)~cleared);

	if (after == 0 && all_zero(rest, end, frame_end))
		return 0xffff;
	return after;
}

#endif
