// SPDX-License-Identifier: Apache-2.0
// XdpAttachment: the XDP program on an interface, in native or generic mode; never in
// place of another's.
//
// Theory of operation. The link is pinned, so the program goes on answering when
// its agent is gone, however it went. The next agent finds the link and exchanges
// the program in it, which loses no frame.
#pragma once

#include <string>
#include <vector>

#include "bpf/contract.h"
#include "core/result.h"
#include "core/server.h"
#include "kernel/attach_mode.h"
#include "kernel/pin_directory.h"
#include "posix/fd.h"

namespace buddyring {

class XdpAttachment {
 public:
  // Takes over what is pinned for this interface, if it is still there; detaches it otherwise.
  XdpAttachment(unsigned ifindex, const std::string& interface, PinDirectory& pins);
  // Detaches, but for after keep().
  ~XdpAttachment();
  XdpAttachment(const XdpAttachment&) = delete;
  XdpAttachment& operator=(const XdpAttachment&) = delete;

  [[nodiscard]] bool attached() const { return link_.valid(); }
  // REQUIRES attached().
  [[nodiscard]] buddyring_attachment mode() const { return mode_; }
  // REQUIRES !attached(), and another mode than tc. When another program has the slot:
  // what it is, under `automatic`, which leaves it there, unless it is one that `self` left
  // and whose pins are not to be seen. Otherwise "". Throws
  // StartupError; adds to `warnings` what the operator should know.
  [[nodiscard]] std::string attach(int program_fd, AttachMode mode, Identity self, std::vector<std::string>& warnings);
  void release();
  // Another program in place of ours, without a frame lost between them.
  Status exchange(int program_fd);
  void keep(bool kept) { kept_ = kept; }

 private:
  unsigned ifindex_;
  std::string interface_;
  std::string pin_name_;
  PinDirectory& pins_;
  Fd link_;
  buddyring_attachment mode_ = BUDDYRING_ATTACHED_NATIVE;
  bool kept_ = false;
};

}  // namespace buddyring
