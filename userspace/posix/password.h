// SPDX-License-Identifier: Apache-2.0
// The registry's password, from a file.
#pragma once

#include <string>

namespace buddyring {

// The file's content without its one trailing newline. Throws StartupError when
// the file cannot be read, is no regular file, may be read by others, holds
// more than one line or is longer than limits::password_bytes_max.
[[nodiscard]] std::string read_password_file(const std::string& path);

// Where systemd put the credential `name` for this service (LoadCredential=). Throws
// StartupError when it gave none.
[[nodiscard]] std::string credential_path(const std::string& name);

}  // namespace buddyring
