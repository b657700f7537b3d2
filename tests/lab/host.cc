// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/host.h"

#include <algorithm>
#include <exception>

#include "core/result.h"

namespace buddyring::lab {

Host::Host(Switch& network, std::string name, std::vector<std::string> addresses)
    : network_(network), addresses_(std::move(addresses)), port_("port-" + name), inside_(std::move(name)) {
  network_.plug(port_, inside_, addresses_);
}

void Host::add_card() {
  network_.plug_second("alt-" + name(), inside_, address(Family::ipv4));
  second_port_ = "alt-" + name();
}

const std::string& Host::address(Family family) const {
  const auto found = std::ranges::find_if(addresses_, [&](const std::string& address) {
    return (address.find(':') == std::string::npos) == (family == Family::ipv4);
  });
  BUDDYRING_ASSERT(found != addresses_.end());
  return *found;
}

Host::~Host() {
  try {
    network_.unplug(port_);
    if (!second_port_.empty()) {
      network_.unplug(second_port_);
    }
  } catch (const std::exception&) {
    // The pair vanishes with the namespace in any case; this only makes it sooner.
  }
}

}  // namespace buddyring::lab
