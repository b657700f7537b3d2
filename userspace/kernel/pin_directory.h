// SPDX-License-Identifier: Apache-2.0
// PinDirectory: one agent's folder in bpffs, locked for as long as it lives.
//
// Theory of operation. The folder is PIN_ROOT/v3/POOL:SERVER. The lock is an
// flock on the folder itself, which the kernel drops with the process, so a
// folder without a holder is what a killed agent left: readable until the next
// start, which takes the lock and clears it. bpffs takes no dots in names, so
// they become commas; ':' and ',' occur in no pool's or server's name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "posix/fd.h"

namespace buddyring {

// The name of an agent's folder: "web:web-1,example" for pool "web", server "web-1.example".
[[nodiscard]] std::string pin_directory_name(std::string_view pool, std::string_view server);

// What a killed agent left attached, as its pins tell.
struct Leftover {
  unsigned ifindex = 0;
  uint32_t egress_program_id = 0;
  bool clsact_created = false;
};

class PinDirectory {
 public:
  // Creates what is missing of the path and locks the folder. Throws StartupError:
  // no bpffs there, or another agent holds the lock.
  PinDirectory(const std::string& pin_root, const std::string& pool, const std::string& server);
  // Unpins everything, removes the folder and those above it that are empty.
  ~PinDirectory();
  PinDirectory(const PinDirectory&) = delete;
  PinDirectory& operator=(const PinDirectory&) = delete;

  // Nothing when no agent left its pins here.
  [[nodiscard]] std::optional<Leftover> leftover() const;
  // Unpins everything.
  void clear();
  // Throws StartupError.
  void pin(int fd, const std::string& name);

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void create() const;
  [[nodiscard]] bool lock();

  std::string pin_root_;
  std::string version_path_;
  std::string path_;
  std::string owner_;  // for messages
  Fd lock_;
};

}  // namespace buddyring
