// SPDX-License-Identifier: Apache-2.0
// Probe sockets: where probes of either way leave, and the port that those over UDP
// leave from.
//
// Theory of operation. They only send: answers end in the XDP program, and a filter
// that accepts nothing keeps all else out of their queues. The kernel routes,
// resolves the neighbour and stamps the departure at egress. An echo socket is given
// messages of ICMP; the checksum of ICMPv6, which covers the addresses too, the kernel
// computes. A datagram socket is given whole IP packets (core/datagram.h). Being of a
// protocol that nobody speaks (IPPROTO_RAW), it does not make the kernel copy every
// datagram of the host, as one of UDP would.
#pragma once

#include <cstdint>
#include <string>

#include "core/address.h"
#include "posix/fd.h"

namespace buddyring {

// Network control: what a congested host or switch drops last.
inline constexpr uint8_t probe_traffic_class = 0xc0;

// All leave from `source` through `interface`. Throw StartupError, also when
// CAP_NET_RAW is missing.
[[nodiscard]] Fd open_echo_socket(const Address& source, const std::string& interface);
[[nodiscard]] Fd open_datagram_socket(const Address& source, const std::string& interface);

// Holds the port as long as it is open, so that no other program gets it by chance,
// takes in what the XDP program leaves to the stack, and with it what the kernel would
// refuse by an ICMP error. Throws StartupError, also when another program has it.
[[nodiscard]] Fd hold_probe_port(const Address& source, uint16_t port);

}  // namespace buddyring
