// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/switch.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <system_error>

#include "core/address.h"
#include "core/result.h"
#include "posix/clock.h"
#include "posix/fd.h"
#include "tests/bpf/lossy.h"
#include "tests/lab/process.h"
#include "tests/lab/sandbox.h"
#include "tests/lab/wait.h"

namespace buddyring::lab {
namespace {

// A MAC that follows from the address: a host that comes back under the same
// address is not waited for by stale neighbour entries.
std::string mac_of(const std::string& address) {
  const auto parsed = Address::parse(address);
  BUDDYRING_ASSERT(parsed);
  const auto& byte = parsed->bytes();
  std::array<char, 18> text{};
  std::snprintf(text.data(), text.size(), "02:b0:%02x:%02x:%02x:%02x", byte[12], byte[13], byte[14], byte[15]);
  return text.data();
}

bool is_v6(const std::string& address) { return address.find(':') != std::string::npos; }

// IPv6 as a host has it, its link-local address included, but for what takes
// time or adds noise: no address is asked for twice, no router is looked for.
void switch_ipv6_on(NamespaceThread& host) {
  host.run([] {
    const std::string conf = "/proc/sys/net/ipv6/conf/";
    write_file(conf + "eth0/accept_dad", "0");
    write_file(conf + "eth0/accept_ra", "0");
    write_file(conf + "lo/disable_ipv6", "0");
    write_file(conf + "eth0/disable_ipv6", "0");
  });
}

constexpr auto carrier_timeout = std::chrono::seconds{5};

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

// In the namespace of the calling thread.
ifreq read_flags(const Fd& any_socket, const std::string& interface) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
  if (ioctl(any_socket.get(), SIOCGIFFLAGS, &request) != 0) {
    fail("read flags of " + interface);
  }
  return request;
}

Fd open_any_socket() {
  Fd any_socket(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any_socket.valid()) {
    fail("open a socket");
  }
  return any_socket;
}

__be32 address_or_any(const std::string& address) {
  const auto parsed = Address::parse(address.empty() ? "0.0.0.0" : address);
  BUDDYRING_ASSERT(parsed);
  return parsed->v4();
}

bool is_running(const std::string& interface) {
  return (read_flags(open_any_socket(), interface).ifr_flags & IFF_RUNNING) != 0;
}

}  // namespace

void Switch::CloseObject::operator()(bpf_object* object) const { bpf_object__close(object); }

Switch::Switch(const std::string& lossy_object) : object_(bpf_object__open(lossy_object.c_str())) {
  if (!object_ || bpf_object__load(object_.get()) != 0) {
    throw std::runtime_error("load " + lossy_object + ": " + std::strerror(errno));
  }
  lossy_ = bpf_object__next_program(object_.get(), nullptr);
  losses_ = bpf_object__find_map_fd_by_name(object_.get(), "losses");
  echoless_ = bpf_object__find_map_fd_by_name(object_.get(), "echoless");
  drops_ = bpf_object__find_map_fd_by_name(object_.get(), "drops");
  ip_batch(namespace_, "link add br0 type bridge stp_state 0 mcast_snooping 0\nlink set br0 up\n");
}

Switch::~Switch() = default;

void Switch::connect(const std::string& port, NamespaceThread& host, const std::string& card, const std::string& mac) {
  ip_batch(namespace_, "link add " + port + " type veth peer name " + card + " address " + mac + " netns " +
                           host.name() + "\nlink set " + port + " master br0\n");
  take_native_frames(port, true);
}

void Switch::bring_up(const std::string& port, NamespaceThread& host, const std::string& card) {
  set_port(port, true);
  // The kernel tells of a carrier a little after it is there.
  if (!wait_until([&] { return host.run([&] { return is_running(card); }); }, carrier_timeout)) {
    throw std::runtime_error(card + " of " + host.name() + " gets no carrier");
  }
}

void Switch::plug_second(const std::string& port, NamespaceThread& host, const std::string& address) {
  connect(port, host, "eth1", mac_of(address));
  host.run([] {
    const std::string conf = "/proc/sys/net/ipv4/conf/";
    write_file(conf + "all/rp_filter", "0");
    write_file(conf + "eth1/rp_filter", "0");
    write_file(conf + "eth0/ignore_routes_with_linkdown", "1");
  });
  ip_batch(host, "link set eth1 up\nroute add 10.77.0.0/16 dev eth1 src " + address + " metric 100\n");
  bring_up(port, host, "eth1");
}

void Switch::plug(const std::string& port, NamespaceThread& host, const std::vector<std::string>& addresses) {
  connect(port, host, "eth0", mac_of(addresses.front()));
  if (std::ranges::any_of(addresses, is_v6)) {
    switch_ipv6_on(host);
  }
  std::string lines = "link set lo up\n";
  for (const std::string& address : addresses) {
    lines += "addr add " + with_prefix(address) + " dev eth0\n";
  }
  ip_batch(host, lines + "link set eth0 up\n");
  bring_up(port, host, "eth0");
}

void Switch::take_native_frames(const std::string& port, bool takes) {
  namespace_.run([&] {
    const int ifindex = static_cast<int>(if_nametoindex(port.c_str()));
    const int program = takes ? bpf_program__fd(lossy_) : -1;
    if (bpf_xdp_attach(ifindex, program, XDP_FLAGS_DRV_MODE, nullptr) != 0) {
      fail("change the XDP program of " + port);
    }
  });
}

void Switch::unplug(const std::string& port) { ip_batch(namespace_, "link del " + port + "\n"); }

Span Switch::set_port(const std::string& port, bool up) {
  return namespace_.run([&] {
    const Fd any_socket = open_any_socket();
    ifreq request = read_flags(any_socket, port);
    request.ifr_flags = static_cast<short>(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
    Span span{.before = monotonic_now()};
    if (ioctl(any_socket.get(), SIOCSIFFLAGS, &request) != 0) {
      fail("set flags of " + port);
    }
    span.after = monotonic_now();
    return span;
  });
}

void Switch::lose(const std::string& from_address, const std::string& to_address, double probability) {
  BUDDYRING_ASSERT(from_address.empty() == to_address.empty() && probability >= 0 && probability <= 1);
  const lossy_pair pair{.source = address_or_any(from_address), .destination = address_or_any(to_address)};
  const auto loss = static_cast<__u32>(std::lround(probability * LOSSY_ALL));
  const int error =
      probability == 0 ? bpf_map_delete_elem(losses_, &pair) : bpf_map_update_elem(losses_, &pair, &loss, BPF_ANY);
  if (error != 0 && error != -ENOENT) {
    fail("lose frames from " + from_address + " to " + to_address);
  }
}

void Switch::filter_echo(const std::string& port) {
  const auto ifindex = namespace_.run([&] { return static_cast<__u32>(if_nametoindex(port.c_str())); });
  const __u32 nothing = 0;
  if (ifindex == 0 || bpf_map_update_elem(echoless_, &ifindex, &nothing, BPF_ANY) != 0) {
    fail("filter echo messages at " + port);
  }
}

uint64_t Switch::lost() const {
  std::vector<uint64_t> per_cpu(static_cast<size_t>(libbpf_num_possible_cpus()));
  const uint32_t only = 0;
  if (bpf_map_lookup_elem(drops_, &only, per_cpu.data()) != 0) {
    fail("read how many frames got lost");
  }
  return std::accumulate(per_cpu.begin(), per_cpu.end(), uint64_t{0});
}

std::string with_prefix(const std::string& address) { return address + (is_v6(address) ? "/64" : "/16"); }

void ip_batch(NamespaceThread& where, const std::string& lines) {
  const Completed ip = run_to_end(where, {.argv = {"ip", "-batch", "-"}, .input = lines});
  if (ip.exit != Exit{.code = 0}) {
    throw std::runtime_error("ip in namespace " + where.name() + ": " + lines + ip.err);
  }
}

}  // namespace buddyring::lab
