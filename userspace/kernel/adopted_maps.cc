// SPDX-License-Identifier: Apache-2.0
#include "kernel/adopted_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <string_view>
#include <utility>
#include <vector>

#include "kernel/failure.h"
#include "kernel/pins.h"
#include "posix/fd.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

bool fits(const bpf_map* map, const bpf_map_info& pinned) {
  return pinned.type == bpf_map__type(map) && pinned.key_size == bpf_map__key_size(map) &&
         pinned.value_size == bpf_map__value_size(map) && pinned.max_entries == bpf_map__max_entries(map) &&
         pinned.map_flags == bpf_map__map_flags(map);
}

}  // namespace

bool adopt_maps(bpf_object* object, const std::string& folder) {
  std::vector<std::pair<bpf_map*, Fd>> found;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (bpf_map__is_internal(map) || std::string_view{bpf_map__name(map)} == pins::unpinned_map) {
      continue;
    }
    const std::string path = folder + "/" + bpf_map__name(map);
    Fd pinned(bpf_obj_get(path.c_str()));
    if (!pinned.valid()) {
      return false;
    }
    bpf_map_info info{};
    uint32_t info_bytes = sizeof(info);
    if (const int error = bpf_obj_get_info_by_fd(pinned.get(), &info, &info_bytes); error != 0) {
      fail_start("look at " + path, error, "", "check the rights on it");
    }
    if (!fits(map, info)) {
      throw StartupError("cannot take over " + path + ": it has another layout than this buddyd knows; run `buddyd" +
                         " --detach` for this server, which removes it, and start again");
    }
    found.emplace_back(map, std::move(pinned));
  }
  for (const auto& [adopting, pinned] : found) {
    if (const int error = bpf_map__reuse_fd(adopting, pinned.get()); error != 0) {
      fail_start("take over the map " + std::string(bpf_map__name(adopting)), error, "", "run `buddyd --detach`");
    }
  }
  return true;
}

}  // namespace buddyring
