// SPDX-License-Identifier: Apache-2.0
// AttachMode: by which way an operator wants frames to come to our program; and how
// the way that it became is called.
#pragma once

#include <cstdint>

namespace buddyring {

enum class AttachMode {
  automatic,  // native, else generic, else, where another program has the XDP slot, tc
  native,
  generic,
  tc,
};

// Of an enum buddyring_attachment, "unknown" for anything else, as a map may hold it.
[[nodiscard]] const char* attachment_name(uint32_t attachment);

}  // namespace buddyring
