// SPDX-License-Identifier: Apache-2.0
// SIGTERM and SIGINT as something to wait for, instead of handlers that
// interrupt whatever happens to run.
#pragma once

#include "posix/fd.h"

namespace buddyring {

// Call before the first thread starts, for threads inherit what is blocked.
// SIGPIPE is ignored as well: a peer that goes away is an error of the write.
void block_stop_signals();

// Waits for one; returns its number. REQUIRES block_stop_signals().
[[nodiscard]] int wait_for_stop_signal();

// Readable once one came, for whoever polls. REQUIRES block_stop_signals().
[[nodiscard]] Fd stop_signals_fd();

}  // namespace buddyring
