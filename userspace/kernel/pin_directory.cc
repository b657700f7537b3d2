// SPDX-License-Identifier: Apache-2.0
#include "kernel/pin_directory.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "bpf/contract.h"
#include "kernel/failure.h"
#include "kernel/pins.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

// Another agent that ends may remove the folder between our steps; each attempt makes it anew.
constexpr int lock_attempts_max = 8;
constexpr mode_t folder_mode = 0755;

// What of `path` is there already.
std::filesystem::path existing_part(std::filesystem::path path) {
  std::error_code ignored;
  while (!std::filesystem::exists(path, ignored) && path.has_relative_path()) {
    path = path.parent_path();
  }
  return path;
}

void require_bpffs(const std::string& pin_root) {
  const auto existing = existing_part(pin_root);
  struct statfs there {};
  if (statfs(existing.c_str(), &there) != 0) {
    fail_start("look at " + existing.string(), errno, "", "check the path given for pins");
  }
  if (there.f_type != BPF_FS_MAGIC) {
    const auto mount_point = std::filesystem::path(pin_root).parent_path().string();
    throw StartupError("cannot pin maps under " + pin_root + ": no bpffs is mounted there; run `mount -t bpf bpf " +
                       mount_point + "`");
  }
}

uint32_t pinned_program_id(const std::string& path) {
  const Fd program(bpf_obj_get(path.c_str()));
  bpf_prog_info info{};
  uint32_t info_bytes = sizeof(info);
  const bool known = program.valid() && bpf_obj_get_info_by_fd(program.get(), &info, &info_bytes) == 0;
  return known ? info.id : 0;
}

bool read_report(const std::string& path, buddyring_report& report) {
  const Fd map(bpf_obj_get(path.c_str()));
  bpf_map_info info{};
  uint32_t info_bytes = sizeof(info);
  const uint32_t only = 0;
  return map.valid() && bpf_obj_get_info_by_fd(map.get(), &info, &info_bytes) == 0 &&
         info.value_size == sizeof(report) && bpf_map_lookup_elem(map.get(), &only, &report) == 0;
}

bool make_folder(const std::string& path) { return mkdir(path.c_str(), folder_mode) == 0 || errno == EEXIST; }

}  // namespace

std::string pin_directory_name(std::string_view pool, std::string_view server) {
  std::string name = std::string(pool) + ":" + std::string(server);
  std::replace(name.begin(), name.end(), '.', ',');
  return name;
}

std::vector<std::string> other_versions(const std::string& pin_root, const std::string& directory_name) {
  std::vector<std::string> versions;
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(pin_root, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    auto version = entry->path().filename().string();
    if (version != BUDDYRING_PIN_DIRECTORY && std::filesystem::exists(entry->path() / directory_name, ignored)) {
      versions.push_back(std::move(version));
    }
  }
  return versions;
}

const Leftover::Link* Leftover::on(unsigned ifindex) const {
  const auto found = std::ranges::find(links, ifindex, &Link::ifindex);
  return found == links.end() ? nullptr : &*found;
}

Leftover leftover_in(const std::string& folder) {
  Leftover leftover{.links = {},
                    .egress_program_id = pinned_program_id(folder + "/" + pins::egress_program),
                    .ingress_program_id = pinned_program_id(folder + "/" + pins::ingress_program)};
  buddyring_report report{};
  if (read_report(folder + "/" + pins::report, report)) {
    for (const buddyring_link_report& link : report.link) {
      if (link.ifindex != 0) {
        leftover.links.push_back({.ifindex = link.ifindex, .clsact_created = link.clsact_created != 0});
      }
    }
  }
  return leftover;
}

std::vector<std::string> pinned_xdp_links(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(folder, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    if (entry->path().filename().string().starts_with(pins::xdp_link)) {
      paths.push_back(entry->path().string());
    }
  }
  return paths;
}

PinDirectory::PinDirectory(const std::string& pin_root, const std::string& pool, const std::string& server)
    : pin_root_(pin_root),
      version_path_(pin_root + "/" + BUDDYRING_PIN_DIRECTORY),
      path_(version_path_ + "/" + pin_directory_name(pool, server)),
      owner_("server " + server + " of pool " + pool) {
  require_bpffs(pin_root_);
  if (const auto others = other_versions(pin_root_, pin_directory_name(pool, server)); !others.empty()) {
    throw StartupError("cannot pin maps for " + owner_ + ": a buddyd of another version has left " + pin_root_ + "/" +
                       others.front() + "/" + pin_directory_name(pool, server) +
                       ", which this one does not read; stop it if it runs, remove that with `buddyd --detach --pool " +
                       pool + " --server " + server + "`, and start again");
  }
  for (int attempt = 0; attempt < lock_attempts_max; ++attempt) {
    create();
    if (lock()) {
      return;
    }
  }
  throw StartupError("cannot lock " + path_ + ": it is removed again and again; see whether another buddyd for " +
                     owner_ + " is started in a loop");
}

PinDirectory::~PinDirectory() {
  if (kept_) {
    return;
  }
  clear();
  rmdir(path_.c_str());
  rmdir(version_path_.c_str());
  rmdir(pin_root_.c_str());
}

void PinDirectory::create() const {
  for (const std::string& folder : {pin_root_, version_path_, path_}) {
    // A folder above may vanish when the last agent in it ends: the next attempt sees to it.
    if (!make_folder(folder) && errno != ENOENT) {
      fail_start("create " + folder, errno, "", "check the rights on " + pin_root_);
    }
  }
}

// False when the folder vanished on the way.
bool PinDirectory::lock() {
  Fd folder(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) {
    if (errno == ENOENT) {
      return false;
    }
    fail_start("open " + path_, errno, "", "check the rights on it");
  }
  if (flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      fail_start("lock " + path_, errno, "", "check the bpffs mount");
    }
    throw StartupError("cannot lock " + path_ + ": another buddyd runs for " + owner_ +
                       "; stop it first, or choose another --server");
  }
  // The lock may be on a folder that was removed meanwhile, which excludes nobody.
  struct stat locked {};
  struct stat named {};
  if (fstat(folder.get(), &locked) != 0 || stat(path_.c_str(), &named) != 0 || locked.st_ino != named.st_ino) {
    return false;
  }
  lock_ = std::move(folder);
  return true;
}

std::optional<Leftover> PinDirectory::leftover() const {
  Leftover leftover = leftover_in(path_);
  return leftover.egress_program_id != 0 && !leftover.links.empty() ? std::optional(std::move(leftover)) : std::nullopt;
}

void PinDirectory::release_xdp_links_but(const std::vector<unsigned>& ifindexes) {
  for (const std::string& pinned : pinned_xdp_links(path_)) {
    const auto is_of = [&](unsigned ifindex) { return pinned == path_ + "/" + pins::xdp_link_on(ifindex); };
    if (std::ranges::none_of(ifindexes, is_of)) {
      if (const Fd link(bpf_obj_get(pinned.c_str())); link.valid()) {
        bpf_link_detach(link.get());
      }
      unlink(pinned.c_str());
    }
  }
}

void PinDirectory::clear() {
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(path_, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    unlink(entry->path().c_str());
  }
}

void PinDirectory::pin(int fd, const std::string& name) {
  const std::string pin_path = path_ + "/" + name;
  // What is pinned twice, as an adopted map is, stays in use meanwhile.
  unlink(pin_path.c_str());
  if (const int error = bpf_obj_pin(fd, pin_path.c_str()); error != 0) {
    fail_start("pin " + pin_path, error, "", "check the rights on " + path_);
  }
}

void PinDirectory::unpin(const std::string& name) { unlink((path_ + "/" + name).c_str()); }

}  // namespace buddyring
