// SPDX-License-Identifier: Apache-2.0
#include "agent/network_watch.h"

#include <algorithm>

#include "netlink/links.h"

namespace buddyring {

bool NetworkWatch::read_notices() {
  bool changed = false;
  const auto on_link = [&](const LinkEvent& event) {
    if (event.ifindex == network_.ifindex) {
      changed = true;
      carrier_ = event.up && event.carrier && !event.gone;
      gone_ = gone_ || event.gone;
    }
  };
  const auto on_address = [&](const AddressEvent& event) {
    if (event.ifindex == network_.ifindex && event.address == network_.address) {
      address_here_ = event.usable;
    }
  };
  const auto drained = notices_.drain(on_link, on_address);
  if (!drained || drained.value() == Drained::overrun) {
    reread();
  }
  return changed;
}

void NetworkWatch::ask() {
  if (const auto up = link_is_up(network_.ifindex)) {
    carrier_ = up.value();
  }
}

void NetworkWatch::reread() {
  const auto interface = find_by_name(network_.interface);
  if (!interface) {
    gone_ = gone_ || interface.error().kind == ErrorKind::not_found;
    return;
  }
  carrier_ = interface.value().up && interface.value().carrier;
  address_here_ = std::ranges::any_of(interface.value().addresses, [this](const OwnAddress& own) {
    return own.address == network_.address && own.state == AddressState::usable;
  });
}

}  // namespace buddyring
