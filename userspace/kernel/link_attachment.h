// SPDX-License-Identifier: Apache-2.0
// LinkAttachment: what of ours hangs on one interface: the judge of what comes, in one
// of the ways of attach_mode.h, and the egress filter.
//
// Theory of operation. What an earlier agent had there is kept where it fits the
// option, and its programs are exchanged in place. Otherwise the new is there before
// the old goes, by way of the filter, as no interface has two XDP programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bpf/contract.h"
#include "core/result.h"
#include "core/server.h"
#include "kernel/attach_mode.h"
#include "kernel/filter_attachment.h"
#include "kernel/pin_directory.h"
#include "kernel/skeleton.h"
#include "kernel/xdp_attachment.h"

namespace buddyring {

class LinkAttachment {
 public:
  struct Options {
    std::string interface;
    unsigned ifindex = 0;
    AttachMode attach = AttachMode::automatic;
    Identity self = 0;
    bool kept = false;  // until keep(): what is attached stays when attaching fails half way
  };

  // `leftover`: of the earlier agent. Throws StartupError; adds to `warnings`.
  LinkAttachment(const Options& options, const Skeleton& skeleton, const std::optional<Leftover>& leftover,
                 PinDirectory& directory, std::vector<std::string>& warnings);

  [[nodiscard]] buddyring_attachment mode() const { return xdp_->attached() ? xdp_->mode() : BUDDYRING_ATTACHED_TC; }
  [[nodiscard]] bool clsact_created() const {
    return egress_->clsact_created() || (ingress_ && ingress_->clsact_created());
  }
  // REQUIRES another mode than tc. Another program in place of ours.
  Status exchange_xdp(int program_fd) { return xdp_->exchange(program_fd); }
  // Everything stays when this goes, if `kept`.
  void keep(bool kept);

 private:
  void attach_judge(const Skeleton& skeleton, const std::optional<Leftover>& leftover, PinDirectory& directory,
                    std::vector<std::string>& warnings);
  void attach_filter(const Skeleton& skeleton, const std::optional<Leftover>& leftover, PinDirectory& directory);
  [[nodiscard]] FilterPast past(const std::optional<Leftover>& leftover, TrafficSide side) const;

  Options options_;
  std::optional<XdpAttachment> xdp_;
  std::optional<FilterAttachment> ingress_;
  std::optional<FilterAttachment> egress_;
};

// Removes what an earlier agent had on interfaces other than these.
void leave_links_but(const std::vector<unsigned>& ifindexes, const std::optional<Leftover>& leftover,
                     PinDirectory& directory);

}  // namespace buddyring
