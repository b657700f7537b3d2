// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "posix/fd.h"

namespace buddyring::lab {
namespace {

void require(int outcome, const std::string& what) {
  if (outcome != 0) {
    throw std::system_error(errno, std::generic_category(), what);
  }
}

}  // namespace

Sandbox::Sandbox() {
  require(unshare(CLONE_NEWNS), "new mount namespace (the lab needs root)");
  require(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  require(mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"), "tmpfs on /run");
  require(mkdir("/run/netns", 0755), "create /run/netns");
  require(mount("bpf", "/sys/fs/bpf", "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700"), "bpffs on /sys/fs/bpf");
}

void make_file(const std::string& path, const std::string& text) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) {
    throw std::system_error(errno, std::generic_category(), "create " + path);
  }
  write_file(path, text);
}

void write_file(const std::string& path, const std::string& text) {
  const Fd file(open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!file.valid() || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::system_error(errno, std::generic_category(), "write '" + text + "' to " + path);
  }
}

}  // namespace buddyring::lab
