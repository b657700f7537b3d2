// SPDX-License-Identifier: Apache-2.0
#include "agent/unheard.h"

#include "core/limits.h"

namespace buddyring {

std::string describe_unheard(const std::string& members, const RingNetwork& network, buddyring_attachment mode) {
  const bool native = mode == BUDDYRING_ATTACHED_NATIVE;
  const char* const answers = native                               ? "by XDP in the driver (XDP_TX)"
                              : mode == BUDDYRING_ATTACHED_GENERIC ? "by XDP behind the driver"
                                                                   : "at tc ingress";
  std::string text = members + " probed it at " + network.address.text() + " for " +
                     std::to_string(limits::introduction_patience.count()) + " s and heard no answer; our program on " +
                     network.interfaces() + " answers " + answers + ". Usual causes: ";
  if (native) {
    text +=
        "the other end of a veth takes such frames only if it has an XDP program, too, or GRO on "
        "(ethtool -K PEER gro on), and some drivers send none (give --attach generic or tc); ";
  }
  return text +
         "a filter for ICMP on the way (let the pool ask over UDP, --probe udp); another host with this address "
         "(arping -D)";
}

std::string describe_no_carrier(const RingNetwork& network) {
  return "for " + std::to_string(limits::carrier_patience.count()) + " s " + network.interfaces() +
         " has had no carrier, or has been without " + network.address.text() +
         "; some drivers reset the link when a program is attached: see ip link show and dmesg, and try --attach "
         "generic";
}

}  // namespace buddyring
