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

/* How long a block may be to be looked at, to tell zeros from a sum of zero: as long as a page,
 * which no frame of a driver is. */
#define ZERO_SCAN_BYTES_MAX 4096

static __always_inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The sum of `bytes` bytes, an even constant, not yet folded. */
static __always_inline __u32 sum_of(const void *start, __u32 bytes)
{
	const __u16 *word = start;
	__u32 sum = 0;

#pragma unroll
	for (__u32 i = 0; i < bytes / sizeof(*word); i++)
		sum += word[i];
	return sum;
}

/*
 * True when the `bytes` bytes from `start` are zeros only, or too many to be looked at. The odd
 * bytes at the end come first, so that the verifier does not follow each length of what precedes
 * them into them.
 */
static __always_inline bool all_zero(const __u8 *start, __u32 bytes, const __u8 *frame_end)
{
	const __u64 *word = (const __u64 *)start;
	const __u8 *tail;

	if (bytes > ZERO_SCAN_BYTES_MAX)
		return true;
	tail = start + bytes / sizeof(*word) * sizeof(*word);
	for (__u32 i = 0; i < sizeof(*word) - 1; i++) {
		if (i >= bytes % sizeof(*word) || tail + i + 1 > frame_end)
			break;
		if (tail[i])
			return false;
	}
	for (__u32 i = 0; i < ZERO_SCAN_BYTES_MAX / sizeof(*word); i++, word++) {
		if (i >= bytes / sizeof(*word) || (const __u8 *)(word + 1) > frame_end)
			break;
		if (*word)
			return false;
	}
	return true;
}

/* The checksum of a message after one of its words was `before` and became `after`. */
static __always_inline __u16 checksum_after(__u16 checksum, __u16 before, __u16 after)
{
	return ~fold((__u16)~checksum + (__u16)~before + after);
}

/*
 * The same, where the word became 0, so that all the message may be. The sum has two forms of
 * zero: a whole recomputation gives 0 where anything is set and 0xffff where all is zero, and only
 * the latter is right for all zeros. `rest`, of `rest_bytes` bytes, is what follows the checksum;
 * what precedes it is 0 by now.
 */
static __always_inline __u16 checksum_after_clearing(__u16 checksum, __u16 cleared,
						     const __u8 *rest, __u32 rest_bytes,
						     const __u8 *frame_end)
{
	__u16 after = checksum_after(checksum, cleared, 0);

	if (after == 0 && all_zero(rest, rest_bytes, frame_end))
		return 0xffff;
	return after;
}

#endif
