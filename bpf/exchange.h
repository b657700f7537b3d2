/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Reading and changing what other CPUs and userspace write at the same time.
 */
#ifndef BUDDYRING_EXCHANGE_H
#define BUDDYRING_EXCHANGE_H

#include <linux/types.h>

/* Another CPU or userspace may write what is read here: read it once. */
#define read_once(place)	 (*(const volatile __typeof__(place) *)&(place))
#define write_once(place, value) (*(volatile __typeof__(place) *)&(place) = (value))

/* Attempts at an exchange that other CPUs may win; losing all costs one sample. */
#define EXCHANGE_ATTEMPTS 4

/* value = max(value, candidate), whoever else writes. */
static __always_inline void raise_to(__u64 *value, __u64 candidate)
{
	__u64 seen = read_once(*value);

	for (int attempt = 0; attempt < EXCHANGE_ATTEMPTS; attempt++) {
		__u64 found;

		if (seen >= candidate)
			return;
		found = __sync_val_compare_and_swap(value, seen, candidate);
		if (found == seen)
			return;
		seen = found;
	}
}

/* value = min(value, candidate), where 0 stands for nothing yet. */
static __always_inline void lower_to(__u64 *value, __u64 candidate)
{
	__u64 seen = read_once(*value);

	for (int attempt = 0; attempt < EXCHANGE_ATTEMPTS; attempt++) {
		__u64 found;

		if (seen && seen <= candidate)
			return;
		found = __sync_val_compare_and_swap(value, seen, candidate);
		if (found == seen)
			return;
		seen = found;
	}
}

#endif
