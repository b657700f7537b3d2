// SPDX-License-Identifier: Apache-2.0
#include "agent/network_watch.h"

#include "netlink/links.h"

namespace buddyring {

NetworkWatch::NetworkWatch(const RingNetwork& network) : address_(network.address), home_(network.home) {
  for (const RingNetwork::Link& link : network.links) {
    links_.push_back({.interface = link.interface, .ifindex = link.ifindex});
  }
  // Read once more after listening has begun, so that no change falls between.
  reread();
}

bool NetworkWatch::read_notices() {
  bool changed = false;
  const auto on_link = [&](const LinkEvent& event) {
    const auto link = std::ranges::find(links_, event.ifindex, &Link::ifindex);
    if (link != links_.end()) {
      changed = true;
      link->carrier = event.up && event.carrier && !event.gone;
      link->gone = link->gone || event.gone;
    }
  };
  const auto on_address = [&](const AddressEvent& event) {
    if (event.ifindex == home_.ifindex && event.address == address_) {
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
  for (Link& link : links_) {
    const auto up = link.gone ? Result<bool>(false) : link_is_up(link.ifindex);
    if (up) {
      link.carrier = up.value();
    }
  }
}

std::optional<std::string> NetworkWatch::poll_gone() {
  const auto news = std::ranges::find_if(links_, [](const Link& link) { return link.gone && !link.told; });
  if (news == links_.end()) {
    return std::nullopt;
  }
  news->told = true;
  return news->interface;
}

void NetworkWatch::reread() {
  for (Link& link : links_) {
    const auto interface = find_by_name(link.interface);
    if (!interface) {
      link.gone = link.gone || interface.error().kind == ErrorKind::not_found;
    }
    link.carrier = interface ? interface.value().up && interface.value().carrier : link.carrier && !link.gone;
  }
  if (const auto home = find_by_name(home_.interface)) {
    address_here_ = std::ranges::any_of(home.value().addresses, [this](const OwnAddress& own) {
      return own.address == address_ && own.state == AddressState::usable;
    });
  }
}

}  // namespace buddyring
