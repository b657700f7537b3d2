// SPDX-License-Identifier: Apache-2.0
// What the kernel offers to programs like ours, found out without attaching
// anything: asked of libbpf's probes and of what is mounted, and last by
// loading the programs themselves.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace buddyring {

// "6.1.0-13-amd64".
[[nodiscard]] std::string kernel_release();
// The kernel tells its own types, which loading needs.
[[nodiscard]] bool kernel_has_types();
// Of the program types, map types and helpers that our programs use, those that
// the kernel lacks. access_denied when we lack the right to try.
[[nodiscard]] Result<std::vector<std::string>> missing_bpf_features();
// Loads the programs and their maps, and drops them again.
[[nodiscard]] Status try_loading_programs();
// Where `path`, or what of it is there already, lies on a bpffs.
[[nodiscard]] Result<bool> is_on_bpffs(const std::string& path);

// The XDP slot of an interface.
enum class XdpMode { none, native, generic, offloaded };
struct XdpOccupant {
  XdpMode mode = XdpMode::none;  // none: the slot is free
  uint32_t id = 0;
  std::string program;  // "" when we may not look it up
};
[[nodiscard]] Result<XdpOccupant> xdp_occupant(unsigned ifindex);

}  // namespace buddyring
