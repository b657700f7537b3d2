// SPDX-License-Identifier: Apache-2.0
// XdpAttachment: the XDP program on an interface. Native mode, else generic with a
// warning; never in place of another's.
//
// Theory of operation. The link is pinned, so the program goes on answering when
// its agent is gone, however it went. The next agent finds the link and exchanges
// the program in it, which loses no frame.
#pragma once

#include <string>
#include <vector>

#include "bpf/contract.h"
#include "core/result.h"
#include "kernel/pin_directory.h"
#include "posix/fd.h"

namespace buddyring {

class XdpAttachment {
 public:
  // Throws StartupError; names the occupant when the slot is taken. Adds to
  // `warnings` what the operator should know.
  XdpAttachment(int program_fd, unsigned ifindex, const std::string& interface, PinDirectory& pins,
                std::vector<std::string>& warnings);
  // Detaches, but for after keep().
  ~XdpAttachment();
  XdpAttachment(const XdpAttachment&) = delete;
  XdpAttachment& operator=(const XdpAttachment&) = delete;

  [[nodiscard]] buddyring_attachment mode() const { return mode_; }
  // Another program in place of ours, without a frame lost between them.
  Status exchange(int program_fd);
  void keep(bool kept) { kept_ = kept; }

 private:
  // Takes over what is pinned, if it is on this interface; detaches it otherwise.
  [[nodiscard]] bool adopt(int program_fd, unsigned ifindex, const std::string& interface, const PinDirectory& pins);
  void attach(int program_fd, unsigned ifindex, const std::string& interface, std::vector<std::string>& warnings);

  Fd link_;
  buddyring_attachment mode_ = BUDDYRING_ATTACHED_NATIVE;
  bool kept_ = false;
};

}  // namespace buddyring
