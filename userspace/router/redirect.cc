// SPDX-License-Identifier: Apache-2.0
#include "router/redirect.h"

#include "core/limits.h"

namespace buddyring {

Target judge_target(std::string_view target) {
  if (target.size() > limits::router_target_bytes_max) {
    return Target::too_long;
  }
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f || c == '#') {
      return Target::malformed;
    }
  }
  return target.empty() ? Target::malformed : Target::acceptable;
}

std::string path_of(std::string_view target) {
  if (target.starts_with('/')) {
    return std::string{target};
  }
  const size_t scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos || target.find_first_of("/?") < scheme_end) {
    return "/";
  }
  const std::string_view after_scheme = target.substr(scheme_end + 3);
  const size_t path = after_scheme.find_first_of("/?");
  if (path == std::string_view::npos) {
    return "/";
  }
  const std::string_view rest = after_scheme.substr(path);
  return rest.front() == '/' ? std::string{rest} : "/" + std::string{rest};
}

std::string location(std::string_view scheme, const Address& address, uint16_t port, std::string_view target) {
  return std::string{scheme} + "://" + Endpoint{address, port}.text() + path_of(target);
}

}  // namespace buddyring
