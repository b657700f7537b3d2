// SPDX-License-Identifier: Apache-2.0
#include "kernel/filter_attachment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include "kernel/failure.h"
#include "kernel/libbpf_log.h"
#include "kernel/program_owner.h"
#include "kernel/traffic_filters.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

// First of all filters, since one before it could end the packet's way.
constexpr uint32_t filter_priority = 1;
constexpr uint32_t filter_handle = 0xB0DD;

// The kernel keeps 15 bytes of a program's name, and the filter is named after it.
std::string_view own_filter_name(TrafficSide side) {
  return side == TrafficSide::egress ? "buddyring_egres" : "buddyring_ingre";
}

const char* side_name(TrafficSide side) { return side == TrafficSide::egress ? "egress" : "ingress"; }

int attach_point_of(TrafficSide side) { return side == TrafficSide::egress ? BPF_TC_EGRESS : BPF_TC_INGRESS; }

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

std::optional<TrafficFilter> filter_at_our_place(TrafficSide side, unsigned ifindex) {
  const auto filters = list_traffic_filters(ifindex, side);
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
bool detach(TrafficSide side, unsigned ifindex, uint32_t program_id) {
  const auto there = filter_at_our_place(side, ifindex);
  const auto hook = hook_on(ifindex, attach_point_of(side));
  const auto options = at_our_place();
  return there && there->program_id == program_id && bpf_tc_detach(&hook, &options) == 0;
}

// Left by an earlier agent of this server: by what it has pinned, or else by the maps of the program, which not
// everybody may look up.
bool is_of_past(const TrafficFilter& filter, TrafficSide side, const FilterPast& past) {
  if (!filter.name.starts_with(own_filter_name(side))) {
    return false;
  }
  const auto owner = filter.program_id == past.program_id ? std::nullopt : owner_of(filter.program_id);
  return filter.program_id == past.program_id || (owner && owner->identity == past.identity);
}

}  // namespace

FilterAttachment::FilterAttachment(TrafficSide side, int program_fd, unsigned ifindex, const std::string& interface,
                                   const FilterPast& past)
    : side_(side), ifindex_(ifindex) {
  const LibbpfLog log;
  const std::string where = std::string(side_name(side)) + " of " + interface;
  const auto there = filter_at_our_place(side, ifindex);
  const bool stale = there && is_of_past(*there, side, past);
  if (there && !stale) {
    throw StartupError("cannot attach to the " + where + ": the place is taken by " + there->text() +
                       "; remove it with `tc filter del dev " + interface + " " + side_name(side) + " pref " +
                       std::to_string(filter_priority) + "` (`buddyd --detach` for what an agent left)");
  }
  auto both_sides = hook_on(ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);
  const int created = bpf_tc_hook_create(&both_sides);
  if (created != 0 && created != -EEXIST) {
    fail_start("create the clsact qdisc on " + interface, created, log.reason(),
               "a kernel with CONFIG_NET_SCH_INGRESS is needed");
  }
  clsact_created_ = created == 0 || (stale && past.clsact_created);

  const LibbpfLog attach_log;  // that the qdisc was there before is no reason
  const auto hook = hook_on(ifindex, attach_point_of(side));
  auto options = at_our_place();
  options.prog_fd = program_fd;
  options.flags = stale ? static_cast<uint32_t>(BPF_TC_F_REPLACE) : 0U;
  const int attached = bpf_tc_attach(&hook, &options);
  if (attached != 0) {
    if (clsact_created_) {
      remove_clsact_unless_used(ifindex);
    }
    fail_start(
        "attach to the " + where, attached, attach_log.reason(),
        "see `tc qdisc show dev " + interface + "` and `tc filter show dev " + interface + " " + side_name(side) + "`");
  }
  program_id_ = options.prog_id;
}

FilterAttachment::~FilterAttachment() {
  if (kept_) {
    return;
  }
  const LibbpfLog log;
  detach(side_, ifindex_, program_id_);
  if (clsact_created_) {
    remove_clsact_unless_used(ifindex_);
  }
}

std::string FilterAttachment::stranger_on(TrafficSide side, unsigned ifindex) {
  const auto there = filter_at_our_place(side, ifindex);
  return there && !there->name.starts_with(own_filter_name(side)) ? there->text() : "";
}

uint32_t FilterAttachment::own_program_on(TrafficSide side, unsigned ifindex) {
  const auto there = filter_at_our_place(side, ifindex);
  return there && there->name.starts_with(own_filter_name(side)) ? there->program_id : 0;
}

void FilterAttachment::remove_leftover(TrafficSide side, unsigned ifindex, uint32_t program_id, bool clsact_created) {
  const LibbpfLog log;
  // Without the filter this may by now be another interface with an old index.
  if (detach(side, ifindex, program_id) && clsact_created) {
    remove_clsact_unless_used(ifindex);
  }
}

}  // namespace buddyring
