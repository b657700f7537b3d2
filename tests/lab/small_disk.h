// SPDX-License-Identifier: Apache-2.0
// SmallDisk: a file system of a test's own that can be full, in memory.
//
// Theory of operation. It is mounted in the process's own mount namespace, so nobody else
// sees it, and what is forked later finds it. It is filled by one file that takes all that
// is left, and has room again when that goes: whatever else is on it stays.
#pragma once

#include <string>

namespace buddyring::lab {

class SmallDisk {
 public:
  // Makes the folder, if need be. Throws std::system_error. REQUIRES a Sandbox.
  SmallDisk(std::string folder, unsigned mebibytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] const std::string& folder() const { return folder_; }
  // Not a byte is left. Throws std::system_error.
  void fill();
  void make_room();

 private:
  std::string folder_;
};

}  // namespace buddyring::lab
