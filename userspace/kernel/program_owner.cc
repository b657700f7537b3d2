// SPDX-License-Identifier: Apache-2.0
#include "kernel/program_owner.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "bpf/contract.h"
#include "core/time.h"
#include "kernel/pins.h"
#include "posix/clock.h"
#include "posix/fd.h"

namespace buddyring {
namespace {

// More than any version of our programs uses.
constexpr uint32_t maps_max = 32;

std::vector<uint32_t> maps_of(uint32_t program_id) {
  const Fd program(bpf_prog_get_fd_by_id(program_id));
  std::vector<uint32_t> ids(maps_max);
  bpf_prog_info info{};
  info.nr_map_ids = maps_max;
  info.map_ids = reinterpret_cast<uintptr_t>(ids.data());
  uint32_t info_bytes = sizeof(info);
  const bool known = program.valid() && bpf_obj_get_info_by_fd(program.get(), &info, &info_bytes) == 0;
  ids.resize(known && info.nr_map_ids <= maps_max ? info.nr_map_ids : 0);
  return ids;
}

// The only entry of a map of that name, however long it is; empty when it is another map.
std::vector<uint8_t> entry_of(uint32_t map_id, std::string_view name) {
  const Fd map(bpf_map_get_fd_by_id(map_id));
  bpf_map_info info{};
  uint32_t info_bytes = sizeof(info);
  if (!map.valid() || bpf_obj_get_info_by_fd(map.get(), &info, &info_bytes) != 0 || info.name != name) {
    return {};
  }
  std::vector<uint8_t> entry(info.value_size);
  const uint32_t only = 0;
  return bpf_map_lookup_elem(map.get(), &only, entry.data()) == 0 ? entry : std::vector<uint8_t>{};
}

bool says_clsact_created(const buddyring_report& report, unsigned ifindex) {
  return std::ranges::any_of(report.link, [ifindex](const buddyring_link_report& link) {
    return link.ifindex == ifindex && link.clsact_created != 0;
  });
}

}  // namespace

std::optional<ProgramOwner> owner_of(uint32_t program_id) {
  for (const uint32_t map_id : maps_of(program_id)) {
    // The identity is the first field in every layout.
    if (const auto entry = entry_of(map_id, pins::agent); entry.size() >= sizeof(uint64_t)) {
      buddyring_agent agent{};
      std::memcpy(&agent, entry.data(), std::min(entry.size(), sizeof(agent)));
      const bool fresh = entry.size() == sizeof(agent) && agent.term >= agent.term_floor &&
                         agent.lease_expires_ns >= to_ns(monotonic_now());
      return ProgramOwner{.identity = agent.identity, .lease_fresh = fresh};
    }
  }
  return std::nullopt;
}

bool created_clsact(const std::string& pool, const std::string& server, unsigned ifindex) {
  for (uint32_t id = 0; bpf_map_get_next_id(id, &id) == 0;) {
    const auto page = entry_of(id, pins::report);
    buddyring_report report{};
    if (page.size() != sizeof(report)) {
      continue;
    }
    std::memcpy(&report, page.data(), sizeof(report));
    report.pool[sizeof(report.pool) - 1] = report.server[sizeof(report.server) - 1] = '\0';
    if (says_clsact_created(report, ifindex) && pool == report.pool && server == report.server) {
      return true;
    }
  }
  return false;
}

}  // namespace buddyring
