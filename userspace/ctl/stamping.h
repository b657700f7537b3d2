// SPDX-License-Identifier: Apache-2.0
// Waiting for the kernel to stamp what arrives.
//
// Theory of operation. The kernel stamps arrivals while somebody wants it, and begins with it
// some time after the first socket asked: a worker of its own switches it on.
// What arrives before has no stamp. So a datagram is sent to ourselves over the
// loopback, again and again, until one comes with a stamp.
#pragma once

namespace buddyring {

// Within limits::ping_stamping_patience; whoever was let wait in vain, or has
// no loopback, sees by the missing stamps. REQUIRES a socket that asked for them.
void await_arrival_stamps();

}  // namespace buddyring
