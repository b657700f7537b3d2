// SPDX-License-Identifier: Apache-2.0
#include "posix/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "posix/fd.h"
#include "posix/startup_error.h"

namespace buddyring {

std::string read_secret_file(const std::string& what, const std::string& path, size_t bytes_max) {
  const auto refuse = [&](const std::string& why_and_cure) {
    throw StartupError("read " + what + " " + path + ": " + why_and_cure);
  };
  // Non-blocking, so that a FIFO is refused below instead of waited for.
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file.valid()) {
    refuse(std::string{std::strerror(errno)} + "; create it, readable by this user only (chmod 600)");
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    refuse(std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    refuse("it is not a regular file; give a file");
  }
  if ((status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    refuse("every user of this host may read or write it; run: chmod 600 " + path);
  }

  // One byte more than allowed, to see what is too long.
  std::string text(bytes_max + 1, '\0');
  size_t length = 0;
  while (length < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + length, text.size() - length);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      refuse(std::strerror(errno));
    }
    if (count == 0) {
      break;
    }
    length += static_cast<size_t>(count);
  }
  if (length > bytes_max) {
    refuse("it is longer than " + std::to_string(bytes_max) + " bytes, which no " + what + " is; give another");
  }
  text.resize(length);
  return text;
}

}  // namespace buddyring
