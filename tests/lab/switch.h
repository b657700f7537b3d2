// SPDX-License-Identifier: Apache-2.0
// Switch: a namespace with a bridge, into which the hosts of a lab are plugged.
//
// Theory of operation. A port is the switch's end of a veth pair whose other
// end is a host's eth0. Each port carries the XDP program of tests/bpf/lossy.bpf.c,
// which passes everything until it is told what to lose; a veth end delivers what
// its peer sent by native XDP_TX only when it runs an XDP program itself. All
// ports share its one map. Pulling a cable is one ioctl from the switch's thread,
// so the instant is known to microseconds and nothing is forked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/time.h"
#include "tests/lab/namespace_thread.h"

struct bpf_object;
struct bpf_program;

namespace buddyring::lab {

// CLOCK_MONOTONIC just before and just after something was done.
struct Span {
  Instant before{};
  Instant after{};
};

class Switch {
 public:
  // `lossy_object`: the compiled XDP program. Throws std::runtime_error.
  explicit Switch(const std::string& lossy_object);
  ~Switch();
  Switch(const Switch&) = delete;
  Switch& operator=(const Switch&) = delete;

  // Makes eth0 in `host`, with addresses of the lab's networks, and plugs it in.
  void plug(const std::string& port, NamespaceThread& host, const std::vector<std::string>& addresses);
  // REQUIRES an eth0 with the IPv4 address. Makes eth1, with eth0's MAC and a route that
  // counts when eth0 has no carrier, and plugs it in.
  void plug_second(const std::string& port, NamespaceThread& host, const std::string& address);
  void unplug(const std::string& port);
  Span set_port(const std::string& port, bool up);
  // Takes the port's XDP program off, or puts it back: without it, what the host's own
  // program sends (XDP_TX) gets lost, and all else passes.
  void take_native_frames(const std::string& port, bool takes);

  // From now on, IPv4 frames from one address to another get lost with this
  // probability, each for itself; the way back is another pair. Both "": every
  // pair of which nothing was said by itself. 0 takes back what was said.
  void lose(const std::string& from_address, const std::string& to_address, double probability);
  // From now on, no echo message of ICMP or ICMPv6 that comes in at the port gets through.
  void filter_echo(const std::string& port);
  // Frames that got lost so far, or were filtered.
  [[nodiscard]] uint64_t lost() const;

 private:
  struct CloseObject {
    void operator()(bpf_object* object) const;
  };

  // A port and its other end, `card`, in `host`; and what lets frames pass between them.
  void connect(const std::string& port, NamespaceThread& host, const std::string& card, const std::string& mac);
  void bring_up(const std::string& port, NamespaceThread& host, const std::string& card);

  NamespaceThread namespace_{"switch"};
  std::unique_ptr<bpf_object, CloseObject> object_;
  bpf_program* lossy_ = nullptr;
  int losses_ = -1;
  int echoless_ = -1;
  int drops_ = -1;
};

// The address and the prefix that it has in the lab's network of its family: "10.77.0.1/16".
[[nodiscard]] std::string with_prefix(const std::string& address);

// Runs `ip -batch` with these lines in the namespace. Throws std::runtime_error with what ip said.
void ip_batch(NamespaceThread& where, const std::string& lines);

}  // namespace buddyring::lab
