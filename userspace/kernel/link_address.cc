// SPDX-License-Identifier: Apache-2.0
#include "kernel/link_address.h"

#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "kernel/failure.h"
#include "posix/fd.h"

namespace buddyring {

Result<LinkAddress> link_address_of(unsigned ifindex) {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) {
    return Error{ErrorKind::system, "cannot open a socket to ask for an interface: " + error_text(errno)};
  }
  ifreq request{};
  request.ifr_ifindex = static_cast<int>(ifindex);
  if (ioctl(socket.get(), SIOCGIFNAME, &request) != 0 || ioctl(socket.get(), SIOCGIFHWADDR, &request) != 0) {
    return Error{ErrorKind::not_found,
                 "no interface has index " + std::to_string(ifindex) + "; see `ip link` for those there are"};
  }
  const auto kind = request.ifr_hwaddr.sa_family;
  if (kind != ARPHRD_ETHER && kind != ARPHRD_LOOPBACK) {
    return Error{ErrorKind::invalid, "interface " + std::string(request.ifr_name) +
                                         " carries no Ethernet frames; name one that does with --interface"};
  }
  LinkAddress address;
  std::copy_n(request.ifr_hwaddr.sa_data, address.size(), address.begin());
  return address;
}

}  // namespace buddyring
