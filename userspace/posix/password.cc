// SPDX-License-Identifier: Apache-2.0
#include "posix/password.h"

#include <cstdlib>
#include <string_view>

#include "core/limits.h"
#include "posix/secret_file.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw StartupError("read password file " + path + ": it " + why + "; give a file with the password as its only line");
}

}  // namespace

std::string read_password_file(const std::string& path) {
  // The password's newline is one byte more.
  std::string text = read_secret_file("password file", path, limits::password_bytes_max + 1);
  if (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  if (text.size() > limits::password_bytes_max) {
    refuse(path, "is longer than " + std::to_string(limits::password_bytes_max) + " bytes");
  }
  if (text.find_first_of(std::string_view{"\n\0", 2}) != std::string::npos) {
    refuse(path, "holds more than one line");
  }
  return text;
}

std::string credential_path(const std::string& name) {
  // Read before there is a second thread.
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr) {
    throw StartupError("read credential " + name +
                       ": CREDENTIALS_DIRECTORY is not set; start this as a service of systemd with LoadCredential=" +
                       name + ":FILE, or give a password file");
  }
  return std::string(directory) + "/" + name;
}

}  // namespace buddyring
