/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What the test's card says, and a translation that the test asks for. */
#ifndef BUDDYRING_TESTS_CARD_H
#define BUDDYRING_TESTS_CARD_H

#include <linux/types.h>

struct card_says {
	__u64 ahead_ns; /* of CLOCK_MONOTONIC; 0: the card does not stamp */
	__u64 waited_ns;
};

struct card_translation {
	__u64 now;
	__u64 card;
	__u64 translated;
};

#endif
