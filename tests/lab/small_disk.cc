// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/small_disk.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "posix/fd.h"

namespace buddyring::lab {
namespace {

constexpr size_t step_bytes = size_t{1} << 16U;

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

std::string ballast(const std::string& folder) { return folder + "/ballast"; }

}  // namespace

SmallDisk::SmallDisk(std::string folder, unsigned mebibytes) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  const std::string size = "size=" + std::to_string(mebibytes) + "m,mode=755";
  if (mount("tmpfs", folder_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, size.c_str()) != 0) {
    fail("mount a tmpfs on " + folder_);
  }
}

SmallDisk::~SmallDisk() { umount2(folder_.c_str(), MNT_DETACH); }

void SmallDisk::fill() {
  const Fd file(open(ballast(folder_).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file.valid()) {
    fail("create " + ballast(folder_));
  }
  const std::vector<char> zeros(step_bytes);
  while (write(file.get(), zeros.data(), zeros.size()) > 0) {
  }
  if (errno != ENOSPC) {
    fail("fill " + folder_);
  }
}

void SmallDisk::make_room() { std::filesystem::remove(ballast(folder_)); }

}  // namespace buddyring::lab
