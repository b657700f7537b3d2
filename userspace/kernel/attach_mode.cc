// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach_mode.h"

#include "bpf/contract.h"

namespace buddyring {

const char* attachment_name(uint32_t attachment) {
  switch (attachment) {
    case BUDDYRING_ATTACHED_NATIVE:
      return "native";
    case BUDDYRING_ATTACHED_GENERIC:
      return "generic";
    case BUDDYRING_ATTACHED_TC:
      return "tc";
    default:
      return "unknown";
  }
}

}  // namespace buddyring
