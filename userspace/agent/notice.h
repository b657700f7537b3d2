// SPDX-License-Identifier: Apache-2.0
// Notice: an event as somebody outside is told of it: one line of JSON. Which events
// those are, and their keys, is in docs/notify.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/service_watch.h"
#include "core/event.h"
#include "core/time.h"

namespace buddyring {

// What every line of an agent says.
struct NoticeFrame {
  std::string pool;
  std::string server;
  uint64_t number = 0;
  uint64_t realtime_ns = 0;  // CLOCK_REALTIME of the event
};

// Nothing for events that nobody is told of. `detection_time`: shorter stalls are not worth
// a word. A line ends with a newline and has at most limits::notice_bytes_max bytes.
[[nodiscard]] std::optional<std::string> notice_line(const NoticeFrame& frame, const Event& event,
                                                     Duration detection_time);
[[nodiscard]] std::string notice_line(const NoticeFrame& frame, const ServiceWatch::Change& change, Instant at);

}  // namespace buddyring
