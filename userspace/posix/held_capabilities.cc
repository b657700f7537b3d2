// SPDX-License-Identifier: Apache-2.0
#include "posix/held_capabilities.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace buddyring {

HeldCapabilities HeldCapabilities::now() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> halves{};
  if (::syscall(SYS_capget, &header, halves.data()) != 0) {
    return HeldCapabilities{0};
  }
  return HeldCapabilities{static_cast<uint64_t>(halves[1].effective) << 32 | halves[0].effective};
}

}  // namespace buddyring
