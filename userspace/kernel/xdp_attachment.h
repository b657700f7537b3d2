// SPDX-License-Identifier: Apache-2.0
// XdpAttachment: the XDP program on an interface, for as long as this process
// holds it. Native mode, else generic with a warning; never in place of another.
#pragma once

#include <string>
#include <vector>

#include "bpf/contract.h"
#include "posix/fd.h"

namespace buddyring {

class XdpAttachment {
 public:
  // Throws StartupError; names the occupant when the slot is taken. Adds to
  // `warnings` what the operator should know.
  XdpAttachment(int program_fd, unsigned ifindex, const std::string& interface, std::vector<std::string>& warnings);
  ~XdpAttachment();
  XdpAttachment(const XdpAttachment&) = delete;
  XdpAttachment& operator=(const XdpAttachment&) = delete;

  [[nodiscard]] buddyring_xdp_mode mode() const { return mode_; }

 private:
  Fd link_;
  buddyring_xdp_mode mode_ = BUDDYRING_XDP_NATIVE;
};

}  // namespace buddyring
