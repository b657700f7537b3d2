// SPDX-License-Identifier: Apache-2.0
// Event: one logfmt line of an agent or a router, taken apart.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace buddyring::lab {

struct Event {
  uint64_t ts_ns = 0;  // CLOCK_MONOTONIC of the machine, so comparable between all servers of a lab
  std::string level;
  std::string name;  // empty when the line is no event
  std::map<std::string, std::string, std::less<>> values;
  std::string text;  // the line itself

  // The value, or "" when there is none of that key.
  [[nodiscard]] std::string value(std::string_view key) const;
};

// `ts_ns=1 level=info event=verdict buddy=s2 reason="no answer"`. Quoted values
// may hold \" and \\; whatever is no key=value is skipped.
[[nodiscard]] Event parse_event(std::string_view line);

}  // namespace buddyring::lab
