// SPDX-License-Identifier: Apache-2.0
// Wire: a host, and an asker at the other end of its cable.
//
// Theory of operation. Two network namespaces joined by a veth pair. The asker
// has no addresses, only a packet socket, so what it sends is what it was given,
// and what it gets is what the host's kernel sent, tags included. The host has an
// IPv4 and an IPv6 address and knows the askers' MAC, so it need not ask for it.
// Nothing tells that no answer will come; therefore each request is followed by
// two heralds, pings of the peer and of the stranger: a cable keeps the order, so
// when both are answered, by the programs or by the stack, whatever had to be
// answered before has been. All wires look alike from the asker's end: the same
// addresses, the same MACs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/address.h"
#include "posix/fd.h"
#include "tests/differential/draft.h"
#include "tests/lab/namespace_thread.h"

namespace buddyring::differential {

inline constexpr Mac host_mac{0x02, 0, 0, 0, 0, 0x01};
inline constexpr Mac asker_mac{0x02, 0, 0, 0, 0, 0x02};

// Of all hosts; nobody is bound to it.
inline constexpr uint16_t probe_port = 7946;
// ICMP identifiers from here on are the heralds'.
inline constexpr uint16_t herald_identifier_min = 0xFFFE;

// Who is who, in one family.
struct Cast {
  bool is_v6 = false;
  std::string host;
  std::string peer;      // watched by the host's agent, where it has one
  std::string stranger;  // not watched by anybody
  int prefix_bits = 0;
};
[[nodiscard]] const Cast& cast_of(bool is_v6);
[[nodiscard]] Ip ip_of(const std::string& address);

// An echo request that any host answers.
[[nodiscard]] Draft request_from(const Cast& cast, const std::string& asker);

class Wire {
 public:
  // `name`: up to 8 characters. Throws std::runtime_error.
  explicit Wire(const std::string& name);

  [[nodiscard]] lab::NamespaceThread& host() { return host_; }

  // Sends the frames of one request and returns what came back before the heralds
  // were answered. Throws std::runtime_error when they are not.
  std::vector<Bytes> ask(const std::vector<Bytes>& frames, bool is_v6);

 private:
  void plug();
  void send(const Bytes& frame);
  [[nodiscard]] Bytes receive();

  lab::NamespaceThread host_;
  lab::NamespaceThread asker_;
  Fd socket_;
  uint16_t asked_ = 0;  // the heralds' sequence number
};

}  // namespace buddyring::differential
