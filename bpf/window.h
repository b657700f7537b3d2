/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The window against replays: a peer's sealed probe is answered once.
 *
 * Theory of operation. Numbers towards one server only rise as long as the asker
 * is in one incarnation, over its restarts as well, because they begin with its
 * clock since boot. So a number is new when it is above all that were answered, or
 * within BUDDYRING_WINDOW of the highest and above the latest that has the same
 * remainder. Of two copies on two processors the one that exchanges the number
 * first is answered.
 *
 * The window must not cost a living asker its answers. It remembers numbers of one
 * incarnation only, the one that the agent has from the server table; with another
 * server, or the same in another incarnation, the agent begins it anew. A later
 * incarnation than that is an asker that restarted and of which the agent has yet to
 * hear: it is answered, and so is one that is no member (0) and whoever is no peer. An
 * earlier one is over, as the table gives none twice. Who has no key could speak in
 * the name of a peer and use up its numbers, so what is not sealed changes nothing.
 */
#ifndef BUDDYRING_WINDOW_H
#define BUDDYRING_WINDOW_H

#include <linux/types.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>

#include "contract.h"
#include "exchange.h"
#include "maps.h"

static __always_inline bool take_number(struct buddyring_window *window, __u64 number)
{
	__u64 *latest = &window->number[number & (BUDDYRING_WINDOW - 1)];
	__u64 highest = read_once(window->highest);
	__u64 seen = read_once(*latest);

	if (highest > number && highest - number >= BUDDYRING_WINDOW)
		return false;
	/* Whoever wins an exchange has a later number: having lost all, ours is far too old. */
	for (int attempt = 0; attempt < EXCHANGE_ATTEMPTS && seen < number; attempt++) {
		__u64 found = __sync_val_compare_and_swap(latest, seen, number);

		if (found == seen) {
			raise_to(&window->highest, number);
			return true;
		}
		seen = found;
	}
	return false;
}

/* REQUIRES a probe with a good seal of the server that the slot watches. */
static __always_inline bool is_replayed(const struct watched *asker,
					const struct buddyring_probe *probe)
{
	__u64 incarnation = bpf_be64_to_cpu(probe->incarnation);
	__u64 known = read_once(asker->peer->incarnation);

	if (incarnation == 0 || incarnation > known)
		return false;
	return incarnation < known ||
	       !take_number(&asker->state->window, bpf_be64_to_cpu(probe->number));
}

#endif
