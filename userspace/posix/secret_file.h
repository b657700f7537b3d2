// SPDX-License-Identifier: Apache-2.0
// Secrets come from files: on a command line or in the environment other users
// of the host could read them.
#pragma once

#include <cstddef>
#include <string>

namespace buddyring {

// The whole content. `what` names the file in errors, such as "password file".
// Throws StartupError when the file cannot be read, is no regular file, may be
// read or written by every user, or is longer than `bytes_max`.
[[nodiscard]] std::string read_secret_file(const std::string& what, const std::string& path, size_t bytes_max);

}  // namespace buddyring
