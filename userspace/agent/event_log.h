// SPDX-License-Identifier: Apache-2.0
// How the core's events read in the log: one line each, docs/protocol.md lists
// the keys.
#pragma once

#include "core/event.h"
#include "posix/log.h"

namespace buddyring {

void log_event(const Log& log, const Event& event);

}  // namespace buddyring
