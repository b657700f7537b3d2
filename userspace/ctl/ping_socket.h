// SPDX-License-Identifier: Apache-2.0
// PingSocket: an ICMP socket of one family that sends echo requests and tells
// what came of them, with the kernel's stamps.
//
// Theory of operation. A raw socket where we may have one, with a filter that
// lets only replies with our nonce in: a raw socket would else wake for every
// echo reply of the host. Where we may not, a datagram ICMP socket, which
// sysctl net.ipv4.ping_group_range opens to groups of users. Departures are stamped by the
// kernel into the socket's error queue, with a copy of the packet; so are ICMP errors.
// An error also fails the next call on the socket, whatever that was about.
// Nothing here waits: fd() is there to be polled.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/address.h"
#include "ctl/ping_packet.h"
#include "ctl/ping_stamps.h"
#include "posix/fd.h"

namespace buddyring {

struct PingSocketSettings {
  int family = AF_INET;
  PingNonce nonce{};
  size_t data_bytes = 0;
  bool hardware = false;  // ask the card for stamps as well
};

// What came with the number of a request.
struct PingReply {
  uint64_t number = 0;
  PacketStamps stamps;
  sockaddr_storage source{};
  bool whole = false;  // all its data is the request's
};
struct PingNotice {
  uint64_t number = 0;
  PacketStamps stamps;  // of the departure, unless there is an error
  std::string error;    // "No route to host, says 10.0.0.1"
};

class PingSocket {
 public:
  // Throws StartupError.
  explicit PingSocket(const PingSocketSettings& settings);

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] bool raw() const { return raw_; }

  // 0, or errno: nothing left then.
  [[nodiscard]] int send(const sockaddr_storage& to, uint64_t number);
  // Nothing when there is none. What is not about a request of ours is skipped.
  [[nodiscard]] std::optional<PingReply> next_reply();
  [[nodiscard]] std::optional<PingNotice> next_notice();

 private:
  void open();
  void filter(const PingNonce& nonce);

  int family_;
  bool raw_ = true;
  Fd socket_;
  PingPacket packet_;
  std::vector<uint8_t> buffer_;
};

// The address in text, without a port, with the zone where there is one.
[[nodiscard]] std::string numeric_text(const sockaddr_storage& address);

}  // namespace buddyring
