// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/wire.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "tests/lab/sandbox.h"
#include "tests/lab/switch.h"
#include "tests/lab/wait.h"

namespace buddyring::differential {
namespace {

constexpr uint16_t peer_herald = herald_identifier_min;
constexpr uint16_t stranger_herald = herald_identifier_min + 1;
constexpr time_t herald_timeout_s = 10;
constexpr auto carrier_timeout = std::chrono::seconds{10};
constexpr size_t received_bytes_max = 4096;

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

void require(bool good, const char* what) {
  if (!good) {
    fail(what);
  }
}

// A frame that the programs of this namespace's veth end let pass; a veth end
// delivers what its peer sent by XDP_TX only when it runs a program itself.
void attach_pass(int ifindex) {
  const std::array<bpf_insn, 2> pass{{
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = XDP_PASS},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  }};
  const Fd program(bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", pass.data(), pass.size(), nullptr));
  require(program.valid(), "load a program that passes everything");
  require(bpf_xdp_attach(ifindex, program.get(), XDP_FLAGS_DRV_MODE, nullptr) == 0, "attach it to the asker's end");
}

Fd open_packet_socket(int ifindex) {
  Fd opened(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  require(opened.valid(), "open a packet socket");
  const int on = 1;
  const timeval patience{.tv_sec = herald_timeout_s, .tv_usec = 0};
  require(setsockopt(opened.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) == 0, "ignore our own frames");
  require(setsockopt(opened.get(), SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) == 0, "ask for the tags of frames");
  require(setsockopt(opened.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0, "set a time-out");
  sockaddr_ll place{};
  place.sll_family = AF_PACKET;
  place.sll_protocol = htons(ETH_P_ALL);
  place.sll_ifindex = ifindex;
  require(bind(opened.get(), reinterpret_cast<const sockaddr*>(&place), sizeof(place)) == 0, "bind a packet socket");
  return opened;
}

// A link that is up sends only once the kernel has taken note of its carrier.
void await_carrier(lab::NamespaceThread& where, const char* interface) {
  const bool running = lab::wait_until(
      [&] {
        return where.run([&] {
          const Fd any_socket(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
          ifreq request{};
          std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
          require(ioctl(any_socket.get(), SIOCGIFFLAGS, &request) == 0, "read the flags of a link");
          return (request.ifr_flags & IFF_RUNNING) != 0;
        });
      },
      carrier_timeout);
  if (!running) {
    throw std::runtime_error(std::string(interface) + " gets no carrier");
  }
}

// The kernel takes the outer tag out of a frame and tells of it beside.
void put_tag_back(msghdr& message, Bytes& frame) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_PACKET || part->cmsg_type != PACKET_AUXDATA) {
      continue;
    }
    tpacket_auxdata beside{};
    std::memcpy(&beside, CMSG_DATA(part), sizeof(beside));
    if ((beside.tp_status & TP_STATUS_VLAN_VALID) != 0) {
      std::array<uint8_t, tag_bytes> tag{};
      put<uint16_t>(tag.data(), beside.tp_vlan_tpid);
      put<uint16_t>(tag.data() + 2, beside.tp_vlan_tci);
      frame.insert(frame.begin() + 2 * sizeof(Mac), tag.begin(), tag.end());
    }
  }
}

// The identifier of an echo reply with this sequence number; 0 for anything else.
uint16_t replied_to(const Bytes& frame, uint16_t sequence) {
  const bool is_v6 = frame.size() >= ethernet_header_bytes && get<uint16_t>(frame.data() + 12) == type_ipv6;
  const size_t message_at = ethernet_header_bytes + (is_v6 ? ipv6_header_bytes : ipv4_header_bytes);
  if (frame.size() < message_at + icmp_header_bytes || frame[message_at] != (is_v6 ? 129 : 0) ||
      get<uint16_t>(frame.data() + message_at + 6) != sequence) {
    return 0;
  }
  return get<uint16_t>(frame.data() + message_at + 4);
}

}  // namespace

const Cast& cast_of(bool is_v6) {
  static const std::array<Cast, 2> casts{
      {{.is_v6 = false, .host = "10.9.0.1", .peer = "10.9.0.2", .stranger = "10.9.0.3", .prefix_bits = 24},
       {.is_v6 = true, .host = "fd09::1", .peer = "fd09::2", .stranger = "fd09::3", .prefix_bits = 64}}};
  return casts.at(is_v6 ? 1 : 0);
}

Ip ip_of(const std::string& address) {
  Ip ip = mapped_prefix;
  if (inet_pton(AF_INET, address.c_str(), ip.data() + ipv4_in_ip) != 1 &&
      inet_pton(AF_INET6, address.c_str(), ip.data()) != 1) {
    throw std::runtime_error("no address: " + address);
  }
  return ip;
}

Draft request_from(const Cast& cast, const std::string& asker) {
  Draft draft;
  draft.to = host_mac;
  draft.from = asker_mac;
  draft.is_v6 = cast.is_v6;
  draft.ether_type = cast.is_v6 ? type_ipv6 : type_ipv4;
  draft.version = cast.is_v6 ? 6 : 4;
  draft.protocol = cast.is_v6 ? protocol_icmpv6 : protocol_icmp;
  draft.source = ip_of(asker);
  draft.destination = ip_of(cast.host);
  draft.type = cast.is_v6 ? 128 : 8;
  return draft;
}

Wire::Wire(const std::string& name) : host_(name + "-h"), asker_(name + "-a") {
  host_.run([] {
    for (const char* scope : {"all", "default"}) {
      const std::string folder = std::string("/proc/sys/net/ipv6/conf/") + scope;
      lab::write_file(folder + "/disable_ipv6", "0");
      lab::write_file(folder + "/accept_dad", "0");
      lab::write_file(folder + "/addr_gen_mode", "1");  // no link-local address of its own accord
    }
    // Errors come as often as they are caused, and not after the run.
    lab::write_file("/proc/sys/net/ipv4/icmp_ratelimit", "0");
    lab::write_file("/proc/sys/net/ipv4/icmp_msgs_per_sec", "1000000");
    lab::write_file("/proc/sys/net/ipv4/icmp_msgs_burst", "1000000");
    lab::write_file("/proc/sys/net/ipv6/icmp/ratelimit", "0");
    lab::write_file("/proc/sys/net/ipv4/ipfrag_time", "3600");
    lab::write_file("/proc/sys/net/ipv6/ip6frag_time", "3600");
  });
  plug();
  await_carrier(host_, "v0");
  await_carrier(asker_, "a0");
  socket_ = asker_.run([] {
    const auto ifindex = static_cast<int>(if_nametoindex("a0"));
    attach_pass(ifindex);
    // On one processor, so that what is sent first is also received first.
    cpu_set_t one{};
    CPU_SET(static_cast<size_t>(sched_getcpu()), &one);
    require(sched_setaffinity(0, sizeof(one), &one) == 0, "stay on one processor");
    return open_packet_socket(ifindex);
  });
}

void Wire::plug() {
  lab::ip_batch(host_,
                "link set lo up\nlink add v0 address 02:00:00:00:00:01 type veth peer name a0 address "
                "02:00:00:00:00:02 netns " +
                    asker_.name() + "\n");
  lab::ip_batch(asker_, "link set a0 mtu 2000\nlink set a0 up\n");
  std::string lines = "link set v0 up\n";
  for (const bool is_v6 : {false, true}) {
    const Cast& cast = cast_of(is_v6);
    lines += "addr add " + cast.host + "/" + std::to_string(cast.prefix_bits) + " dev v0\n";
    for (const std::string& asker : {cast.peer, cast.stranger}) {
      lines += "neigh replace " + asker + " lladdr 02:00:00:00:00:02 dev v0 nud permanent\n";
    }
  }
  lab::ip_batch(host_, lines);
}

void Wire::send(const Bytes& frame) {
  require(::send(socket_.get(), frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()), "send a frame");
}

Bytes Wire::receive() {
  Bytes frame(received_bytes_max);
  iovec place{.iov_base = frame.data(), .iov_len = frame.size()};
  alignas(cmsghdr) std::array<uint8_t, 256> beside{};
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = beside.data();
  message.msg_controllen = beside.size();
  const ssize_t bytes = recvmsg(socket_.get(), &message, 0);
  require(bytes >= 0, "await the answers to the heralds");
  frame.resize(static_cast<size_t>(bytes));
  put_tag_back(message, frame);
  return frame;
}

std::vector<Bytes> Wire::ask(const std::vector<Bytes>& frames, bool is_v6) {
  return asker_.run([&] {
    ++asked_;
    for (const Bytes& frame : frames) {
      send(frame);
    }
    const Cast& cast = cast_of(is_v6);
    for (const bool is_peer : {true, false}) {
      Draft herald = request_from(cast, is_peer ? cast.peer : cast.stranger);
      herald.identifier = is_peer ? peer_herald : stranger_herald;
      herald.sequence = asked_;
      Bytes frame;
      herald.write(frame);
      send(frame);
    }
    std::vector<Bytes> answers;
    for (int heralds = 2; heralds > 0;) {
      Bytes frame = receive();
      const uint16_t identifier = replied_to(frame, asked_);
      if (identifier == peer_herald || identifier == stranger_herald) {
        --heralds;
      } else if ((frame[0] & 1U) == 0) {  // what goes to a group, such as MLD, answers nobody
        answers.push_back(std::move(frame));
      }
    }
    return answers;
  });
}

}  // namespace buddyring::differential
