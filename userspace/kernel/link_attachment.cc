// SPDX-License-Identifier: Apache-2.0
#include "kernel/link_attachment.h"

#include <algorithm>

#include "kernel/pins.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

bool fits(AttachMode wish, buddyring_attachment mode) {
  return wish == AttachMode::automatic || (wish == AttachMode::native && mode == BUDDYRING_ATTACHED_NATIVE) ||
         (wish == AttachMode::generic && mode == BUDDYRING_ATTACHED_GENERIC);
}

}  // namespace

LinkAttachment::LinkAttachment(const Options& options, const Skeleton& skeleton,
                               const std::optional<Leftover>& leftover, PinDirectory& directory,
                               std::vector<std::string>& warnings)
    : options_(options) {
  attach_judge(skeleton, leftover, directory, warnings);
  egress_.emplace(TrafficSide::egress, bpf_program__fd(skeleton->progs.buddyring_egress), options.ifindex,
                  options.interface, past(leftover, TrafficSide::egress));
  keep(options.kept);
}

void LinkAttachment::attach_judge(const Skeleton& skeleton, const std::optional<Leftover>& leftover,
                                  PinDirectory& directory, std::vector<std::string>& warnings) {
  const int program = bpf_program__fd(skeleton->progs.buddyring_xdp);
  const AttachMode wish = options_.attach;
  xdp_.emplace(options_.ifindex, options_.interface, directory);
  keep(options_.kept);
  const bool had_filter =
      leftover && leftover->on(options_.ifindex) != nullptr && leftover->ingress_program_id != 0 && !xdp_->attached();
  if (xdp_->attached() && fits(wish, xdp_->mode())) {
    if (const Status exchanged = xdp_->exchange(program); !exchanged) {
      throw StartupError(exchanged.error().message + "; run `buddyd --detach`");
    }
  } else if (xdp_->attached() || had_filter || wish == AttachMode::tc) {
    attach_filter(skeleton, leftover, directory);
    if (xdp_->attached()) {
      xdp_->release();
    }
  }
  const bool filter_fits = ingress_ && (wish == AttachMode::tc || wish == AttachMode::automatic);
  if (!xdp_->attached() && !filter_fits) {
    const std::string occupant = xdp_->attach(program, wish, options_.self, warnings);
    keep(options_.kept);
    if (!occupant.empty()) {
      attach_filter(skeleton, leftover, directory);
      warnings.push_back("the XDP slot of " + options_.interface + " is taken by " + occupant +
                         ", which stays there: frames come to us behind it, at tc ingress");
    }
  }
  if (xdp_->attached()) {
    directory.pin(program, pins::xdp_program);
    if (ingress_) {
      ingress_->keep(false);
      ingress_.reset();
    }
  }
}

void LinkAttachment::attach_filter(const Skeleton& skeleton, const std::optional<Leftover>& leftover,
                                   PinDirectory& directory) {
  const int program = bpf_program__fd(skeleton->progs.buddyring_ingress);
  ingress_.emplace(TrafficSide::ingress, program, options_.ifindex, options_.interface,
                   past(leftover, TrafficSide::ingress));
  keep(options_.kept);
  directory.pin(program, pins::ingress_program);
}

FilterPast LinkAttachment::past(const std::optional<Leftover>& leftover, TrafficSide side) const {
  const Leftover::Link* here = leftover ? leftover->on(options_.ifindex) : nullptr;
  if (here == nullptr) {
    return {.identity = options_.self};
  }
  return {.identity = options_.self,
          .program_id = side == TrafficSide::egress ? leftover->egress_program_id : leftover->ingress_program_id,
          .clsact_created = here->clsact_created};
}

void LinkAttachment::keep(bool kept) {
  options_.kept = kept;
  if (xdp_) {
    xdp_->keep(kept);
  }
  if (ingress_) {
    ingress_->keep(kept);
  }
  if (egress_) {
    egress_->keep(kept);
  }
}

void leave_links_but(const std::vector<unsigned>& ifindexes, const std::optional<Leftover>& leftover,
                     PinDirectory& directory) {
  directory.release_xdp_links_but(ifindexes);
  for (const Leftover::Link& link : leftover ? leftover->links : std::vector<Leftover::Link>{}) {
    if (std::ranges::find(ifindexes, link.ifindex) == ifindexes.end()) {
      FilterAttachment::remove_leftover(TrafficSide::ingress, link.ifindex, leftover->ingress_program_id,
                                        link.clsact_created);
      FilterAttachment::remove_leftover(TrafficSide::egress, link.ifindex, leftover->egress_program_id,
                                        link.clsact_created);
    }
  }
}

}  // namespace buddyring
