// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/host.h"

#include <exception>

namespace buddyring::lab {

Host::Host(Switch& network, std::string name, std::string address)
    : network_(network), address_(std::move(address)), port_("port-" + name), inside_(std::move(name)) {
  network_.plug(port_, inside_, address_);
}

Host::~Host() {
  try {
    network_.unplug(port_);
  } catch (const std::exception&) {
    // The pair vanishes with the namespace in any case; this only makes it sooner.
  }
}

}  // namespace buddyring::lab
