// SPDX-License-Identifier: Apache-2.0
#include "posix/privileges.h"

#include <sys/capability.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>

namespace buddyring {
namespace {

struct Free {
  void operator()(cap_t state) const { cap_free(state); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, Free>;

Error failed(const char* what) {
  return {ErrorKind::system, std::string("cannot ") + what + ": " + std::strerror(errno) +
                                 "; a filter of system calls (seccomp) must let capset and prctl pass"};
}

bool holds(const Capabilities& state, cap_value_t capability, cap_flag_t set) {
  cap_flag_value_t value = CAP_CLEAR;
  return cap_get_flag(state.get(), capability, set, &value) == 0 && value == CAP_SET;
}

// False when one could not be dropped.
bool drop_bounding_set() {
  bool all = true;
  for (cap_value_t capability = 0; CAP_IS_SUPPORTED(capability); ++capability) {
    all = (cap_get_bound(capability) == 0 || cap_drop_bound(capability) == 0) && all;
  }
  return all;
}

}  // namespace

void keep_ambient_capabilities_from_children() { static_cast<void>(cap_reset_ambient()); }

Status drop_privileges(std::span<const int> kept) {
  const Capabilities held(cap_get_proc());
  const Capabilities left(cap_init());
  if (!held || !left) {
    return failed("read the capabilities");
  }
  for (const cap_value_t capability : kept) {
    if (holds(held, capability, CAP_PERMITTED)) {
      cap_set_flag(left.get(), CAP_PERMITTED, 1, &capability, CAP_SET);
      cap_set_flag(left.get(), CAP_EFFECTIVE, 1, &capability, CAP_SET);
    }
  }
  // Only root may change the bounding set; without it nobody gains from it, for no_new_privs is set.
  if (holds(held, CAP_SETPCAP, CAP_EFFECTIVE) && !drop_bounding_set()) {
    return failed("give up the bounding set");
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return failed("set no_new_privs");
  }
  return cap_set_proc(left.get()) == 0 ? Status{Done{}} : failed("give up capabilities");
}

}  // namespace buddyring
