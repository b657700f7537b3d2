// SPDX-License-Identifier: Apache-2.0
#include "netlink/card.h"

#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "netlink/socket.h"
#include "posix/fd.h"

namespace buddyring {
namespace {

// Of the family "netdev"; linux/netdev.h has them from 6.3 on.
constexpr const char* family_name = "netdev";
constexpr uint8_t family_version = 1;
constexpr uint8_t command_device = 1;
constexpr uint16_t attribute_ifindex = 1;
constexpr uint16_t attribute_xdp_features = 3;

struct Request {
  alignas(nlmsghdr) std::array<char, 256> bytes{};
  nlmsghdr& header = *mnl_nlmsg_put_header(bytes.data());

  Request(uint16_t family, uint8_t command, uint8_t version) {
    header.nlmsg_type = family;
    header.nlmsg_flags = NLM_F_REQUEST;
    auto* generic = static_cast<genlmsghdr*>(mnl_nlmsg_put_extra_header(&header, sizeof(genlmsghdr)));
    generic->cmd = command;
    generic->version = version;
  }
};

// The value of one attribute of the answer; nothing when it does not come.
template <class Value>
std::optional<Value> ask(NetlinkSocket& socket, Request& request, uint16_t wanted) {
  std::optional<Value> value;
  const Status asked = socket.ask(request.header, "ask for XDP features", [&](const nlmsghdr& message) {
    for_each_attribute(message, sizeof(genlmsghdr), [&](const nlattr& attribute) {
      if (mnl_attr_get_type(&attribute) == wanted && mnl_attr_get_payload_len(&attribute) >= sizeof(Value)) {
        value.emplace();
        std::memcpy(&*value, mnl_attr_get_payload(&attribute), sizeof(Value));
      }
    });
  });
  return asked.ok() ? value : std::nullopt;
}

std::optional<uint64_t> xdp_features_of(unsigned ifindex) {
  auto socket = NetlinkSocket::open(0, 0, NETLINK_GENERIC);
  if (!socket.ok()) {
    return std::nullopt;
  }
  Request look_up(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
  mnl_attr_put_strz(&look_up.header, CTRL_ATTR_FAMILY_NAME, family_name);
  const auto family = ask<uint16_t>(socket.value(), look_up, CTRL_ATTR_FAMILY_ID);
  if (!family) {
    return std::nullopt;
  }
  Request device(*family, command_device, family_version);
  mnl_attr_put_u32(&device.header, attribute_ifindex, ifindex);
  return ask<uint64_t>(socket.value(), device, attribute_xdp_features);
}

// False when the driver does not know the command.
bool ask_driver(const Fd& any_socket, const std::string& interface, void* command) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
  request.ifr_data = static_cast<char*>(command);
  return ::ioctl(any_socket.get(), SIOCETHTOOL, &request) == 0;
}

}  // namespace

Result<Card> look_at_card(const std::string& interface, unsigned ifindex) {
  const Fd any_socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any_socket.valid()) {
    return Error{ErrorKind::system, std::string{"open a socket to ask for an interface: "} + std::strerror(errno)};
  }
  Card card;
  ethtool_drvinfo driver{};
  driver.cmd = ETHTOOL_GDRVINFO;
  if (ask_driver(any_socket, interface, &driver)) {
    card.driver.assign(driver.driver, ::strnlen(driver.driver, sizeof driver.driver));
  }
  ethtool_value flags{.cmd = ETHTOOL_GFLAGS, .data = 0};
  if (ask_driver(any_socket, interface, &flags)) {
    card.lro = (flags.data & ETH_FLAG_LRO) != 0;
    card.vlan_offload = (flags.data & ETH_FLAG_RXVLAN) != 0;
  }
  card.xdp_features = xdp_features_of(ifindex);
  return card;
}

}  // namespace buddyring
