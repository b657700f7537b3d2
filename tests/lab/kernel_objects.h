// SPDX-License-Identifier: Apache-2.0
// KernelObjects: how many programs, maps and links the kernel holds for one agent,
// whoever still refers to them: what grows from restart to restart is leaked.
#pragma once

#include <cstddef>
#include <string>

namespace buddyring::lab {

struct KernelObjects {
  size_t programs = 0;
  size_t maps = 0;
  size_t links = 0;
  friend bool operator==(const KernelObjects&, const KernelObjects&) = default;
  [[nodiscard]] std::string text() const;
};

// Known by the identity in the map `agent`: programs that use such a map, all maps
// that those use and every `agent` besides, and links to those programs.
[[nodiscard]] KernelObjects kernel_objects_of(const std::string& pool, const std::string& server);

// All of the machine, as bpftool counts them.
[[nodiscard]] KernelObjects kernel_objects();

}  // namespace buddyring::lab
