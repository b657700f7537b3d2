// SPDX-License-Identifier: Apache-2.0
#include "posix/password.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "core/limits.h"
#include "posix/fd.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why_and_cure) {
  throw StartupError("read password file " + path + ": " + why_and_cure);
}

}  // namespace

std::string read_password_file(const std::string& path) {
  // Non-blocking, so that a FIFO is refused below instead of waited for.
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file.valid()) {
    refuse(path, std::string{std::strerror(errno)} + "; create it, readable by this user only (chmod 600)");
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    refuse(path, std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    refuse(path, "it is not a regular file; give a file with the password as its only line");
  }
  if ((status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    refuse(path, "every user of this host may read or write it; run: chmod 600 " + path);
  }

  // One byte more than allowed, to see what is too long.
  std::string text(limits::password_bytes_max + 2, '\0');
  size_t length = 0;
  while (length < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + length, text.size() - length);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      refuse(path, std::strerror(errno));
    }
    if (count == 0) {
      break;
    }
    length += static_cast<size_t>(count);
  }
  text.resize(length);
  if (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  if (text.size() > limits::password_bytes_max) {
    refuse(path, "it is longer than " + std::to_string(limits::password_bytes_max) +
                     " bytes; give a file with the password as its only line");
  }
  if (text.find_first_of(std::string_view{"\n\0", 2}) != std::string::npos) {
    refuse(path, "it holds more than one line; give a file with the password as its only line");
  }
  return text;
}

}  // namespace buddyring
