// SPDX-License-Identifier: Apache-2.0
#include "posix/file_limit.h"

#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "posix/startup_error.h"

namespace buddyring {

void need_descriptors(uint64_t descriptors, const char* why) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= descriptors) {
    return;
  }
  if (limit.rlim_max < descriptors) {
    throw StartupError(std::string{why} + " needs " + std::to_string(descriptors) +
                       " descriptors, and this process may have " + std::to_string(limit.rlim_max) +
                       "; raise the hard limit (LimitNOFILE= of the unit, ulimit -n) or lower it");
  }
  limit.rlim_cur = descriptors;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    throw StartupError(std::string{"raise the limit of descriptors for "} + why + ": " + std::strerror(errno));
  }
}

}  // namespace buddyring
