// SPDX-License-Identifier: Apache-2.0
#include "ctl/ping_socket.h"

#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/net_tstamp.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "core/limits.h"
#include "posix/clock.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

constexpr uint64_t second_ns = 1'000'000'000;
constexpr size_t control_bytes = 1024;
constexpr size_t headers_bytes_max = 256;  // of link and IP, before a request in the error queue
constexpr int receive_buffer_bytes = 1 << 22;

uint64_t ns_of(const timespec& stamp) {
  return static_cast<uint64_t>(stamp.tv_sec) * second_ns + static_cast<uint64_t>(stamp.tv_nsec);
}

// What a message came with: room for it, and how it reads.
struct Message {
  sockaddr_storage source{};
  alignas(cmsghdr) std::array<char, control_bytes> control{};
  iovec part{};
  msghdr header{};

  explicit Message(std::vector<uint8_t>& into) : part{into.data(), into.size()} {
    header.msg_name = &source;
    header.msg_namelen = sizeof source;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }

  template <class Value>
  [[nodiscard]] const Value* find(int level, int type) {
    for (cmsghdr* one = CMSG_FIRSTHDR(&header); one != nullptr; one = CMSG_NXTHDR(&header, one)) {
      if (one->cmsg_level == level && one->cmsg_type == type && one->cmsg_len >= CMSG_LEN(sizeof(Value))) {
        return reinterpret_cast<const Value*>(CMSG_DATA(one));
      }
    }
    return nullptr;
  }
};

// Whose ICMP error it was; it stands behind the error itself.
std::string offender_text(const sock_extended_err& error) {
  const sockaddr* offender = SO_EE_OFFENDER(&error);
  sockaddr_storage address{};
  if (offender->sa_family == AF_INET) {
    std::memcpy(&address, offender, sizeof(sockaddr_in));
  } else if (offender->sa_family == AF_INET6) {
    std::memcpy(&address, offender, sizeof(sockaddr_in6));
  } else {
    return "";
  }
  return ", says " + numeric_text(address);
}

PacketStamps departure_stamps(const scm_timestamping& stamps, uint32_t kind) {
  PacketStamps departure;
  (kind == SCM_TSTAMP_SCHED ? departure.queue_ns : departure.kernel_ns) = ns_of(stamps.ts[0]);
  departure.hardware_ns = ns_of(stamps.ts[2]);
  return departure;
}

template <class Value>
void set_option(const Fd& socket, int level, int name, const Value& value, const char* what) {
  if (::setsockopt(socket.get(), level, name, &value, sizeof value) != 0) {
    throw StartupError(std::string{"set up an ICMP socket: "} + what + ": " + std::strerror(errno) +
                       "; a kernel from 6.1 on is needed");
  }
}

uint32_t word_at(const PingNonce& nonce, size_t offset) {
  uint32_t word = 0;
  std::memcpy(&word, nonce.data() + offset, sizeof word);
  return ntohl(word);
}

}  // namespace

PingSocket::PingSocket(const PingSocketSettings& settings)
    : family_(settings.family),
      packet_(settings.family == AF_INET6, static_cast<uint16_t>(settings.nonce[0] << 8 | settings.nonce[1]),
              settings.nonce, settings.data_bytes),
      buffer_(settings.data_bytes + PingPacket::header_bytes + headers_bytes_max) {
  open();
  filter(settings.nonce);
  const bool is_v6 = family_ == AF_INET6;
  const int on = 1;
  set_option(socket_, is_v6 ? SOL_IPV6 : SOL_IP, is_v6 ? IPV6_RECVERR : IP_RECVERR, on, "errors");
  unsigned stamping = SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
                      SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_CMSG;
  if (settings.hardware) {
    stamping |= SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE |
                SOF_TIMESTAMPING_OPT_TX_SWHW;
  }
  set_option(socket_, SOL_SOCKET, SO_TIMESTAMPING, stamping, "stamps");
  // Room for the answers of many hosts; as much of it as the system grants.
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
}

void PingSocket::open() {
  const int protocol = family_ == AF_INET6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP);
  socket_ = Fd{::socket(family_, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol)};
  if (!socket_.valid() && (errno == EPERM || errno == EACCES)) {
    raw_ = false;
    socket_ = Fd{::socket(family_, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol)};
  }
  if (!socket_.valid()) {
    throw StartupError(std::string{"open an ICMP socket: "} + std::strerror(errno) +
                       "; run as root or with CAP_NET_RAW, or let this user's group have them: sysctl "
                       "net.ipv4.ping_group_range");
  }
}

// The data of a raw IPv4 socket begins with the IP header, of any other with ICMP's.
void PingSocket::filter(const PingNonce& nonce) {
  const bool has_ip_header = raw_ && family_ == AF_INET;
  const uint8_t reply_type = family_ == AF_INET6 ? ICMP6_ECHO_REPLY : static_cast<uint8_t>(ICMP_ECHOREPLY);
  constexpr uint32_t data = PingPacket::header_bytes;
  std::array<sock_filter, 9> code{{
      has_ip_header ? sock_filter{BPF_LDX | BPF_B | BPF_MSH, 0, 0, 0} : sock_filter{BPF_LDX | BPF_IMM, 0, 0, 0},
      {BPF_LD | BPF_B | BPF_IND, 0, 0, 0},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 5, reply_type},
      {BPF_LD | BPF_W | BPF_IND, 0, 0, data},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, word_at(nonce, 0)},
      {BPF_LD | BPF_W | BPF_IND, 0, 0, data + 4},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, word_at(nonce, 4)},
      {BPF_RET | BPF_K, 0, 0, UINT32_MAX},
      {BPF_RET | BPF_K, 0, 0, 0},
  }};
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  set_option(socket_, SOL_SOCKET, SO_ATTACH_FILTER, program, "filter");
}

int PingSocket::send(const sockaddr_storage& to, uint64_t number) {
  const auto request = packet_.request(number);
  const socklen_t length = family_ == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  int error = 0;
  for (int attempt = 0; attempt < limits::ping_send_attempts_max; ++attempt) {
    const ssize_t sent = ::sendto(socket_.get(), request.data(), request.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                  reinterpret_cast<const sockaddr*>(&to), length);
    if (sent >= 0) {
      return 0;
    }
    // Perhaps an earlier request's, which is told only once: then the next attempt succeeds.
    error = errno;
  }
  return error;
}

std::optional<PingReply> PingSocket::next_reply() {
  while (true) {
    Message message(buffer_);
    const ssize_t received = ::recvmsg(socket_.get(), &message.header, MSG_DONTWAIT);
    if (received < 0) {
      if (errno == EAGAIN) {
        return std::nullopt;
      }
      // The error of an earlier request, which its notice tells of.
      continue;
    }
    PingReply reply;
    reply.stamps.at = monotonic_now();
    reply.stamps.process_ns = realtime_ns();
    std::span<const uint8_t> packet(buffer_.data(), static_cast<size_t>(received));
    if (raw_ && family_ == AF_INET && !packet.empty()) {
      packet = packet.subspan(std::min<size_t>(packet.size(), (packet[0] & 0xfU) * size_t{4}));
    }
    const auto number = packet_.find_number(packet);
    if (!number) {
      continue;
    }
    reply.number = *number;
    reply.source = message.source;
    reply.whole = packet_.is_whole_reply(packet, *number);
    if (const auto* stamps = message.find<scm_timestamping>(SOL_SOCKET, SCM_TIMESTAMPING)) {
      reply.stamps.kernel_ns = ns_of(stamps->ts[0]);
      reply.stamps.hardware_ns = ns_of(stamps->ts[2]);
    }
    return reply;
  }
}

std::optional<PingNotice> PingSocket::next_notice() {
  while (true) {
    Message message(buffer_);
    const ssize_t received = ::recvmsg(socket_.get(), &message.header, MSG_DONTWAIT | MSG_ERRQUEUE);
    if (received < 0) {
      if (errno == EAGAIN) {
        return std::nullopt;
      }
      continue;
    }
    const auto number = packet_.find_number({buffer_.data(), static_cast<size_t>(received)});
    const auto* error = family_ == AF_INET6 ? message.find<sock_extended_err>(SOL_IPV6, IPV6_RECVERR)
                                            : message.find<sock_extended_err>(SOL_IP, IP_RECVERR);
    if (!number || error == nullptr) {
      continue;
    }
    PingNotice notice;
    notice.number = *number;
    if (error->ee_origin != SO_EE_ORIGIN_TIMESTAMPING) {
      notice.error = std::strerror(static_cast<int>(error->ee_errno)) + offender_text(*error);
      return notice;
    }
    if (const auto* stamps = message.find<scm_timestamping>(SOL_SOCKET, SCM_TIMESTAMPING)) {
      notice.stamps = departure_stamps(*stamps, error->ee_info);
      return notice;
    }
  }
}

std::string numeric_text(const sockaddr_storage& address) {
  std::array<char, NI_MAXHOST> text{};
  const socklen_t length = address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  ::getnameinfo(reinterpret_cast<const sockaddr*>(&address), length, text.data(), text.size(), nullptr, 0,
                NI_NUMERICHOST);
  return text.data();
}

}  // namespace buddyring
