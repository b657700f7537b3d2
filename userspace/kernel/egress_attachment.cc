// SPDX-License-Identifier: Apache-2.0
#include "kernel/egress_attachment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include "kernel/failure.h"
#include "kernel/libbpf_log.h"
#include "kernel/traffic_filters.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

// First of all filters, since one before it could end the packet's way.
constexpr uint32_t filter_priority = 1;
constexpr uint32_t filter_handle = 0xB0DD;
// The kernel keeps 15 bytes of a program's name, and the filter is named after it.
constexpr std::string_view own_filter_name = "buddyring_egres";

bpf_tc_hook hook_on(unsigned ifindex, int attach_point) {
  bpf_tc_hook hook{};
  hook.sz = sizeof(hook);
  hook.ifindex = static_cast<int>(ifindex);
  hook.attach_point = static_cast<bpf_tc_attach_point>(attach_point);
  return hook;
}

bpf_tc_opts at_our_place() {
  bpf_tc_opts options{};
  options.sz = sizeof(options);
  options.handle = filter_handle;
  options.priority = filter_priority;
  return options;
}

std::optional<TrafficFilter> filter_at_our_place(unsigned ifindex) {
  const auto filters = list_traffic_filters(ifindex, TrafficSide::egress);
  if (!filters) {
    return std::nullopt;
  }
  const auto found = std::find_if(filters.value().begin(), filters.value().end(), [](const TrafficFilter& filter) {
    return filter.priority == filter_priority && filter.handle == filter_handle;
  });
  return found == filters.value().end() ? std::nullopt : std::optional(*found);
}

bool has_no_filters(unsigned ifindex) {
  return std::ranges::all_of(std::array{TrafficSide::ingress, TrafficSide::egress}, [ifindex](TrafficSide side) {
    const auto filters = list_traffic_filters(ifindex, side);
    return filters && filters.value().empty();
  });
}

void remove_clsact_unless_used(unsigned ifindex) {
  if (has_no_filters(ifindex)) {
    auto hook = hook_on(ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);
    bpf_tc_hook_destroy(&hook);
  }
}

// True when the filter at our place ran this program and is gone now.
bool detach(unsigned ifindex, uint32_t program_id) {
  const auto there = filter_at_our_place(ifindex);
  const auto egress = hook_on(ifindex, BPF_TC_EGRESS);
  const auto options = at_our_place();
  return there && there->program_id == program_id && bpf_tc_detach(&egress, &options) == 0;
}

}  // namespace

EgressAttachment::EgressAttachment(int program_fd, unsigned ifindex, const std::string& interface, bool clsact_was_ours)
    : ifindex_(ifindex) {
  const LibbpfLog log;
  const auto there = filter_at_our_place(ifindex);
  const bool stale = there && there->name.starts_with(own_filter_name);
  if (there && !stale) {
    throw StartupError("cannot attach to the egress of " + interface + ": the place is taken by " + there->text() +
                       "; remove it with `tc filter del dev " + interface + " egress pref " +
                       std::to_string(filter_priority) + "`");
  }
  auto both_sides = hook_on(ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);
  const int created = bpf_tc_hook_create(&both_sides);
  if (created != 0 && created != -EEXIST) {
    fail_start("create the clsact qdisc on " + interface, created, log.reason(),
               "a kernel with CONFIG_NET_SCH_INGRESS is needed");
  }
  clsact_created_ = created == 0 || (stale && clsact_was_ours);

  const LibbpfLog attach_log;  // that the qdisc was there before is no reason
  const auto egress = hook_on(ifindex, BPF_TC_EGRESS);
  auto options = at_our_place();
  options.prog_fd = program_fd;
  options.flags = stale ? static_cast<uint32_t>(BPF_TC_F_REPLACE) : 0U;
  const int attached = bpf_tc_attach(&egress, &options);
  if (attached != 0) {
    if (clsact_created_) {
      remove_clsact_unless_used(ifindex);
    }
    fail_start("attach to the egress of " + interface, attached, attach_log.reason(),
               "see `tc qdisc show dev " + interface + "` and `tc filter show dev " + interface + " egress`");
  }
  program_id_ = options.prog_id;
}

EgressAttachment::~EgressAttachment() {
  if (kept_) {
    return;
  }
  const LibbpfLog log;
  detach(ifindex_, program_id_);
  if (clsact_created_) {
    remove_clsact_unless_used(ifindex_);
  }
}

uint32_t EgressAttachment::own_program_on(unsigned ifindex) {
  const auto there = filter_at_our_place(ifindex);
  return there && there->name.starts_with(own_filter_name) ? there->program_id : 0;
}

void EgressAttachment::remove_leftover(unsigned ifindex, uint32_t program_id, bool clsact_created) {
  const LibbpfLog log;
  // Without the filter this may by now be another interface with an old index.
  if (detach(ifindex, program_id) && clsact_created) {
    remove_clsact_unless_used(ifindex);
  }
}

}  // namespace buddyring
