// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/hook.h"

#include <linux/bpf.h>
#include <linux/pkt_cls.h>

namespace buddyring::lab {

uint32_t action_of(Hook hook, Fate fate) {
  const bool xdp = hook == Hook::xdp;
  switch (fate) {
    case Fate::answered:
      return xdp ? uint32_t{XDP_TX} : uint32_t{TC_ACT_REDIRECT};
    case Fate::taken:
      return xdp ? uint32_t{XDP_DROP} : uint32_t{TC_ACT_STOLEN};
    case Fate::dropped:
      return xdp ? uint32_t{XDP_DROP} : uint32_t{TC_ACT_SHOT};
    case Fate::passed:
      break;
  }
  return xdp ? uint32_t{XDP_PASS} : static_cast<uint32_t>(TC_ACT_UNSPEC);
}

}  // namespace buddyring::lab
