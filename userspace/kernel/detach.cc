// SPDX-License-Identifier: Apache-2.0
#include "kernel/detach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "bpf/contract.h"
#include "core/server.h"
#include "kernel/failure.h"
#include "kernel/filter_attachment.h"
#include "kernel/pin_directory.h"
#include "kernel/pins.h"
#include "kernel/program_owner.h"
#include "posix/fd.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

struct Folder {
  std::string path;
  Fd lock;
  Leftover leftover;
};

struct FreeInterfaces {
  void operator()(struct if_nameindex* list) const { if_freenameindex(list); }
};

[[noreturn]] void refuse(const std::string& owner, const std::string& why) {
  throw StartupError("cannot detach " + owner + ": " + why + "; stop that buddyd first");
}

std::vector<Folder> lock_folders(const std::string& pin_root, const std::string& name, const std::string& owner) {
  std::vector<std::string> versions = other_versions(pin_root, name);
  versions.emplace_back(BUDDYRING_PIN_DIRECTORY);
  std::vector<Folder> folders;
  for (const std::string& version : versions) {
    std::string path = pin_root;
    path.append("/").append(version).append("/").append(name);
    Fd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid() && errno == ENOENT) {
      continue;
    }
    if (!folder.valid()) {
      fail_start("open " + path, errno, "", "check the rights on it");
    }
    if (flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
      refuse(owner, "it holds the lock on " + path);
    }
    folders.push_back({.path = path, .lock = std::move(folder), .leftover = leftover_in(path)});
  }
  return folders;
}

// The link through which the program sits in that interface's XDP slot; invalid when it sits there without.
Fd link_to(uint32_t program_id, unsigned ifindex) {
  for (uint32_t id = 0; bpf_link_get_next_id(id, &id) == 0;) {
    Fd link(bpf_link_get_fd_by_id(id));
    bpf_link_info info{};
    uint32_t info_bytes = sizeof(info);
    if (link.valid() && bpf_obj_get_info_by_fd(link.get(), &info, &info_bytes) == 0 && info.type == BPF_LINK_TYPE_XDP &&
        info.prog_id == program_id && info.xdp.ifindex == ifindex) {
      return link;
    }
  }
  return Fd{};
}

// The program of `identity` in the interface's XDP slot; 0 when it is another's or none.
uint32_t own_xdp_program(unsigned ifindex, uint64_t identity) {
  bpf_xdp_query_opts query{};
  query.sz = sizeof(query);
  if (bpf_xdp_query(static_cast<int>(ifindex), 0, &query) != 0 || query.prog_id == 0) {
    return 0;
  }
  const auto owner = owner_of(query.prog_id);
  return owner && owner->identity == identity ? query.prog_id : 0;
}

void clean_interface(const struct if_nameindex& interface, uint64_t identity, const std::vector<Folder>& folders,
                     bool clsact_created, std::vector<std::string>& removed) {
  if (const uint32_t program = own_xdp_program(interface.if_index, identity); program != 0) {
    const Fd link = link_to(program, interface.if_index);
    const int error =
        link.valid() ? bpf_link_detach(link.get()) : bpf_xdp_detach(static_cast<int>(interface.if_index), 0, nullptr);
    if (error != 0) {
      fail_start("detach the XDP program of " + std::string(interface.if_name), error, "", "run as root");
    }
    removed.push_back("XDP program " + std::to_string(program) + " from " + interface.if_name);
  }
  for (const TrafficSide side : {TrafficSide::ingress, TrafficSide::egress}) {
    const uint32_t filter = FilterAttachment::own_program_on(side, interface.if_index);
    const auto owner = filter != 0 ? owner_of(filter) : std::nullopt;
    const bool pinned = std::ranges::any_of(folders, [&](const Folder& folder) {
      const Leftover& left = folder.leftover;
      return filter != 0 && filter == (side == TrafficSide::egress ? left.egress_program_id : left.ingress_program_id);
    });
    if (pinned || (owner && owner->identity == identity)) {
      FilterAttachment::remove_leftover(side, interface.if_index, filter, clsact_created);
      removed.push_back(std::string(side == TrafficSide::egress ? "egress" : "ingress") + " filter with program " +
                        std::to_string(filter) + " from " + interface.if_name);
    }
  }
}

void remove_folder(const Folder& folder, std::vector<std::string>& removed) {
  // It may be on an interface of another network namespace.
  for (const std::string& pinned : pinned_xdp_links(folder.path)) {
    if (const Fd link(bpf_obj_get(pinned.c_str())); link.valid()) {
      bpf_link_detach(link.get());
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder.path, ignored);
  std::filesystem::path above = std::filesystem::path(folder.path).parent_path();
  for (int level = 0; level < 2 && std::filesystem::remove(above, ignored); ++level) {
    above = above.parent_path();
  }
  removed.push_back("pins in " + folder.path);
}

}  // namespace

std::vector<std::string> detach_leftovers(const std::string& pin_root, const std::string& pool,
                                          const std::string& server) {
  const std::string owner = "server " + server + " of pool " + pool;
  const uint64_t identity = identity_of(pool, server);
  const auto folders = lock_folders(pin_root, pin_directory_name(pool, server), owner);
  const std::unique_ptr<struct if_nameindex, FreeInterfaces> interfaces(if_nameindex());
  // Where the lock is hidden with the pins, the lease tells of a running agent.
  for (const auto* each = interfaces.get(); folders.empty() && each != nullptr && each->if_index != 0; ++each) {
    const uint32_t program = FilterAttachment::own_program_on(TrafficSide::egress, each->if_index);
    if (const auto found = program != 0 ? owner_of(program) : std::nullopt;
        found && found->identity == identity && found->lease_fresh) {
      refuse(owner, "its pins are hidden, but its lease on " + std::string(each->if_name) + " is fresh");
    }
  }
  // The page of another layout is not read; its qdisc goes if nothing else is in it.
  const bool other_layout = !other_versions(pin_root, pin_directory_name(pool, server)).empty();
  const auto clsact_created = [&](unsigned ifindex) {
    return other_layout || created_clsact(pool, server, ifindex) ||
           std::ranges::any_of(folders, [&](const Folder& folder) {
             const Leftover::Link* link = folder.leftover.on(ifindex);
             return link != nullptr && link->clsact_created;
           });
  };
  std::vector<std::string> removed;
  for (const auto* each = interfaces.get(); each != nullptr && each->if_index != 0; ++each) {
    clean_interface(*each, identity, folders, clsact_created(each->if_index), removed);
  }
  for (const Folder& folder : folders) {
    remove_folder(folder, removed);
  }
  return removed;
}

}  // namespace buddyring
