// SPDX-License-Identifier: Apache-2.0
// PinDirectory: one agent's folder in bpffs, locked for as long as it lives.
//
// Theory of operation. The folder is PIN_ROOT/v6/POOL:SERVER. The lock is an
// flock on the folder itself, which the kernel drops with the process, so a
// folder without a holder is what a killed agent left, or one that handed over:
// readable until the next start, which takes the lock and goes on with it. bpffs takes no dots in names, so
// they become commas; ':' and ',' occur in no pool's or server's name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "posix/fd.h"

namespace buddyring {

// The name of an agent's folder: "web:web-1,example" for pool "web", server "web-1.example".
[[nodiscard]] std::string pin_directory_name(std::string_view pool, std::string_view server);

// The other layout versions under which this agent has pins, such as "v1".
[[nodiscard]] std::vector<std::string> other_versions(const std::string& pin_root, const std::string& directory_name);

// What an agent has attached, as the pins in its folder tell.
struct Leftover {
  struct Link {
    unsigned ifindex = 0;
    bool clsact_created = false;
  };
  std::vector<Link> links;
  uint32_t egress_program_id = 0;   // 0: none is pinned, or none that may be looked at
  uint32_t ingress_program_id = 0;  // 0: XDP was used everywhere

  // Null when nothing was left there.
  [[nodiscard]] const Link* on(unsigned ifindex) const;
};

// Of a folder of another layout the programs only: its report is not read.
[[nodiscard]] Leftover leftover_in(const std::string& folder);

// The paths of the XDP links that are pinned in a folder, of any layout.
[[nodiscard]] std::vector<std::string> pinned_xdp_links(const std::string& folder);

class PinDirectory {
 public:
  // Creates what is missing of the path and locks the folder. Throws StartupError:
  // no bpffs there, pins of another layout, or another agent holds the lock.
  PinDirectory(const std::string& pin_root, const std::string& pool, const std::string& server);
  // Unpins everything, removes the folder and those above it that are empty; or
  // nothing of that after keep().
  ~PinDirectory();
  PinDirectory(const PinDirectory&) = delete;
  PinDirectory& operator=(const PinDirectory&) = delete;

  // Nothing when no agent left its pins here.
  [[nodiscard]] std::optional<Leftover> leftover() const;
  // Unpins everything.
  void clear();
  // In place of what has that name. Throws StartupError.
  void pin(int fd, const std::string& name);
  void unpin(const std::string& name);
  // Detaches and unpins the XDP links to all but these interfaces.
  void release_xdp_links_but(const std::vector<unsigned>& ifindexes);
  // What is pinned is left to the next agent, if `kept`.
  void keep(bool kept) { kept_ = kept; }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void create() const;
  [[nodiscard]] bool lock();

  std::string pin_root_;
  std::string version_path_;
  std::string path_;
  std::string owner_;  // for messages
  Fd lock_;
  bool kept_ = false;
};

}  // namespace buddyring
