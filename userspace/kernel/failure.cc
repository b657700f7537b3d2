// SPDX-License-Identifier: Apache-2.0
#include "kernel/failure.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "posix/startup_error.h"

namespace buddyring {
namespace {

constexpr const char* capabilities_cure =
    "run as root or with the capabilities CAP_NET_ADMIN, CAP_BPF, CAP_NET_RAW and CAP_PERFMON";

}  // namespace

std::string error_text(int error) { return std::generic_category().message(std::abs(error)); }

void fail_start(const std::string& attempted, int error, const std::string& reason, const std::string& cure) {
  // A verifier's refusal arrives as EACCES and is no want of rights, so only EPERM is taken for one.
  const bool lacks_rights = std::abs(error) == EPERM;
  std::string line = "cannot " + attempted + ": " + error_text(error);
  if (!reason.empty()) {
    line += " (" + reason + ")";
  }
  throw StartupError(line + "; " + (lacks_rights ? capabilities_cure : cure));
}

}  // namespace buddyring
