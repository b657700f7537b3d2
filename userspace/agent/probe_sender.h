// SPDX-License-Identifier: Apache-2.0
// ProbeSender: puts probes on the wire, over ICMP or UDP.
//
// Theory of operation. The socket (agent/probe_socket.h) is of the family of our own
// address, and so is every buddy's. A packet is what the way needs in front, and the
// probe: the header of an echo, or those of IP and UDP. One packet buffer a slot is
// enough, because a send never waits.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "bpf/contract.h"
#include "core/datagram.h"
#include "core/server.h"
#include "loop/loop.h"
#include "posix/fd.h"
#include "posix/probe_keys.h"
#include "posix/socket_address.h"

namespace buddyring {

class ProbeSender {
 public:
  struct Options {
    Address source;         // where probes leave from
    std::string interface;  // by which they leave; "": as the routes say
    buddyring_probe_way way = BUDDYRING_PROBE_ICMP;
    uint16_t port = 0;  // UDP, from and to
    Identity self = 0;
    ProbeKeys keys = ProbeKeys::unsealed_only();
  };

  // Throws StartupError, also when CAP_NET_RAW is missing or another program has the port.
  explicit ProbeSender(const Options& options);

  // Probes are sealed with these from now on.
  void set_keys(const ProbeKeys& keys) { options_.keys = keys; }
  void aim(unsigned slot, const Address& target, Identity identity);
  // Prepares the probe in the loop; failure, and only that, completes `token`.
  // `incarnation`: our own as a member, else 0.
  void send(Loop& loop, unsigned slot, uint64_t number, Incarnation incarnation, Loop::Token token);

 private:
  struct Packet {
    std::array<uint8_t, datagram_headers_bytes_max + sizeof(buddyring_probe)> bytes{};
    Address target_address;
    SocketAddress to;
    iovec part{};
    msghdr message{};
    Identity target = 0;
  };
  [[nodiscard]] bool over_udp() const { return options_.way == BUDDYRING_PROBE_UDP; }
  [[nodiscard]] std::span<uint8_t> bytes_of(Packet& packet) const;
  void write_headers(Packet& packet, uint64_t number) const;
  static void fill(std::span<uint64_t> nonces);
  [[nodiscard]] uint64_t next_nonce();

  Options options_;
  Fd socket_;
  Fd port_;  // held, not sent from
  size_t headers_bytes_ = 0;
  std::array<Packet, BUDDYRING_MAX_PEERS> packets_;
  // Drawn a page at a time, so that the call is none of a tick's.
  std::array<uint64_t, 512> nonces_{};
  size_t nonces_used_ = nonces_.size();
  uint16_t icmp_id_ = 0;  // after the nonces, of which it is the first
};

}  // namespace buddyring
