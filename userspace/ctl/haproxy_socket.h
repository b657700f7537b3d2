// SPDX-License-Identifier: Apache-2.0
// HaproxySocket: the runtime API of an HAProxy, over its UNIX socket.
//
// Theory of operation. HAProxy answers one line on a connection and closes it, so each
// call makes a connection of its own: there is no state to be lost when HAProxy is
// reloaded or started anew. Commands of one line are separated by semicolons.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace buddyring {

class HaproxySocket {
 public:
  // Does not connect yet. Throws UsageError when no socket can have such a path.
  explicit HaproxySocket(std::string path);

  // All that HAProxy says to it. Errors: unreachable, access_denied.
  [[nodiscard]] Result<std::string> ask(const std::string& line) const;
  // The commands in their order; what HAProxy said to them, without blank lines.
  [[nodiscard]] Result<std::string> tell(const std::vector<std::string>& commands) const;

 private:
  std::string path_;
};

}  // namespace buddyring
