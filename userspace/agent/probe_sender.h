// SPDX-License-Identifier: Apache-2.0
// ProbeSender: puts probes on the wire through one raw ICMP or ICMPv6 socket.
//
// Theory of operation. The socket is of the family of our own address, and so is
// every buddy's. It only sends: answers end in the XDP program, and a filter that
// accepts nothing keeps all other ICMP out of its queue. The kernel routes,
// resolves the neighbour and stamps the departure at egress; the checksum of
// ICMPv6, which covers the addresses too, it computes as well. One packet buffer a
// slot is enough, because a send never waits.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>

#include "bpf/contract.h"
#include "core/server.h"
#include "loop/loop.h"
#include "posix/fd.h"
#include "posix/socket_address.h"

namespace buddyring {

class ProbeSender {
 public:
  // Probes leave from `source` through `interface`. Throws StartupError, also
  // when CAP_NET_RAW is missing.
  ProbeSender(const Address& source, const std::string& interface, Identity self);

  void aim(unsigned slot, const Address& target, Identity identity);
  // Prepares the probe in the loop; failure, and only that, completes `token`.
  // `incarnation`: our own as a member, else 0.
  void send(Loop& loop, unsigned slot, uint64_t number, Incarnation incarnation, Loop::Token token);

 private:
  struct Packet {
    std::array<uint8_t, 8 + sizeof(buddyring_probe)> bytes{};
    SocketAddress to;
    iovec part{};
    msghdr message{};
    Identity target = 0;
  };
  [[nodiscard]] uint64_t next_nonce();

  Fd socket_;
  Identity self_;
  bool is_v4_ = true;
  uint16_t icmp_id_ = 0;
  std::array<Packet, BUDDYRING_MAX_PEERS> packets_;
  std::array<uint64_t, 32> nonces_{};
  size_t nonces_used_ = 32;
};

}  // namespace buddyring
