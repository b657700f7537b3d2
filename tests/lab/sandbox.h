// SPDX-License-Identifier: Apache-2.0
// Sandbox: a mount namespace in which the lab may leave whatever it likes.
//
// Theory of operation. /run becomes a tmpfs of our own (for /run/netns) and
// /sys/fs/bpf a bpffs of our own (for the agents' pins). Both are seen by this
// process and its children only, and the kernel takes them away with the last
// of them, SIGKILL included. Nothing has to be cleaned up, so nothing can be
// forgotten.
#pragma once

#include <string>

namespace buddyring::lab {

class Sandbox {
 public:
  // Throws std::system_error, with the cure when it is missing privilege.
  // REQUIRES a process that has no other thread yet: the mount namespace is a thread's.
  Sandbox();
};

// Makes a file that only its owner may read. Throws std::system_error when it is there already.
void make_file(const std::string& path, const std::string& text);
// Writes the whole of `text` to an existing file. Throws std::system_error.
void write_file(const std::string& path, const std::string& text);

}  // namespace buddyring::lab
