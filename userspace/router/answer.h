// SPDX-License-Identifier: Apache-2.0
// Answer: what the router replies to a request, as a value, and how it is handed to the
// HTTP library.
#pragma once

#include <string>
#include <utility>
#include <vector>

struct MHD_Connection;

namespace buddyring {

struct Answer {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// The errors' one shape: {"error": {"kind": ..., "message": ...}}.
[[nodiscard]] Answer error_answer(unsigned status, const char* kind, const std::string& message);
// 405, for pages that are only read.
[[nodiscard]] Answer only_reading();

// False when memory is short: the connection is then to be closed.
[[nodiscard]] bool send_answer(MHD_Connection* connection, const Answer& answer);

}  // namespace buddyring
