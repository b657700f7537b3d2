// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/kernel_objects.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <array>
#include <functional>
#include <set>
#include <string_view>
#include <vector>

#include "core/server.h"
#include "posix/fd.h"

namespace buddyring::lab {
namespace {

constexpr size_t maps_max = 64;

using NextId = int (*)(uint32_t, uint32_t*);

void for_each_id(NextId next, const std::function<void(uint32_t)>& visit) {
  for (uint32_t id = 0; next(id, &id) == 0;) {
    visit(id);
  }
}

size_t count_ids(NextId next) {
  size_t count = 0;
  for_each_id(next, [&](uint32_t) { ++count; });
  return count;
}

// The identity is the first field of `agent`, in every layout.
bool is_agent_of(uint32_t map_id, uint64_t identity) {
  const Fd map(bpf_map_get_fd_by_id(map_id));
  bpf_map_info info{};
  uint32_t info_bytes = sizeof(info);
  if (!map.valid() || bpf_obj_get_info_by_fd(map.get(), &info, &info_bytes) != 0 ||
      std::string_view(info.name) != "agent" || info.value_size < sizeof(uint64_t)) {
    return false;
  }
  std::vector<uint64_t> value((info.value_size + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  const uint32_t only = 0;
  return bpf_map_lookup_elem(map.get(), &only, value.data()) == 0 && value.front() == identity;
}

std::vector<uint32_t> maps_of(uint32_t program_id) {
  const Fd program(bpf_prog_get_fd_by_id(program_id));
  std::vector<uint32_t> ids(maps_max);
  bpf_prog_info info{};
  info.nr_map_ids = maps_max;
  info.map_ids = reinterpret_cast<uintptr_t>(ids.data());
  uint32_t info_bytes = sizeof(info);
  const bool found = program.valid() && bpf_obj_get_info_by_fd(program.get(), &info, &info_bytes) == 0;
  ids.resize(found ? info.nr_map_ids : 0);
  return ids;
}

uint32_t program_of(uint32_t link_id) {
  const Fd link(bpf_link_get_fd_by_id(link_id));
  bpf_link_info info{};
  uint32_t info_bytes = sizeof(info);
  return link.valid() && bpf_obj_get_info_by_fd(link.get(), &info, &info_bytes) == 0 ? info.prog_id : 0;
}

}  // namespace

std::string KernelObjects::text() const {
  return std::to_string(programs) + " programs, " + std::to_string(maps) + " maps, " + std::to_string(links) + " links";
}

KernelObjects kernel_objects_of(const std::string& pool, const std::string& server) {
  const uint64_t identity = identity_of(pool, server);
  std::set<uint32_t> programs;
  std::set<uint32_t> maps;
  size_t links = 0;
  for_each_id(bpf_map_get_next_id, [&](uint32_t id) {
    if (is_agent_of(id, identity)) {
      maps.insert(id);
    }
  });
  const std::set<uint32_t> agents = maps;
  for_each_id(bpf_prog_get_next_id, [&](uint32_t id) {
    const auto used = maps_of(id);
    for (const uint32_t map : used) {
      if (agents.contains(map)) {
        programs.insert(id);
        maps.insert(used.begin(), used.end());
      }
    }
  });
  for_each_id(bpf_link_get_next_id, [&](uint32_t id) { links += programs.count(program_of(id)); });
  return {.programs = programs.size(), .maps = maps.size(), .links = links};
}

KernelObjects kernel_objects() {
  return {.programs = count_ids(bpf_prog_get_next_id),
          .maps = count_ids(bpf_map_get_next_id),
          .links = count_ids(bpf_link_get_next_id)};
}

}  // namespace buddyring::lab
