// SPDX-License-Identifier: Apache-2.0
// How the core's events read in the log: one line each, docs/protocol.md lists
// the keys.
#pragma once

#include "core/event.h"
#include "core/time.h"
#include "posix/log.h"

namespace buddyring {

// `detection_time`: of this agent's settings; stalls from there on are warnings.
void log_event(const Log& log, const Event& event, Duration detection_time);

}  // namespace buddyring
