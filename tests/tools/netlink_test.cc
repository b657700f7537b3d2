// SPDX-License-Identifier: Apache-2.0
// Links, routes and link events in a namespace with one pair of interfaces.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>

#include "netlink/link_events.h"
#include "netlink/links.h"
#include "netlink/routes.h"
#include "tests/lab/namespace_thread.h"
#include "tests/lab/process.h"
#include "tests/lab/sandbox.h"
#include "tests/lab/wait.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;

Address address(const char* text) { return Address::parse(text).value(); }

class Netlink : public testing::Test {
 protected:
  Netlink() {
    ip({"link", "add", "near", "type", "veth", "peer", "name", "far"});
    ip({"address", "add", "10.9.0.1/24", "dev", "near"});
    ip({"link", "set", "near", "up"});
    ip({"link", "set", "far", "up"});
  }

  void ip(std::vector<std::string> words) {
    words.insert(words.begin(), "ip");
    const lab::Completed done = lab::run_to_end(here, {.argv = words});
    EXPECT_EQ(done.exit.code, 0) << done.err;
  }

  // Waits until an event fulfils `wanted`, at most five seconds.
  bool event_comes(LinkEvents& events, const std::function<bool(const LinkEvent&)>& wanted) {
    bool came = false;
    pollfd readable{.fd = events.fd(), .events = POLLIN, .revents = 0};
    while (!came && ::poll(&readable, 1, 5000) == 1) {
      EXPECT_TRUE(events.drain([&](const LinkEvent& event) { came = came || wanted(event); }).ok());
    }
    return came;
  }

  lab::NamespaceThread here{"netlink"};
};

TEST_F(Netlink, ListsInterfacesWithAddresses) {
  const auto near = here.run([] { return find_by_name("near"); });
  ASSERT_TRUE(near.ok()) << near.error().message;
  EXPECT_TRUE(near.value().up);
  EXPECT_EQ(near.value().mtu, 1500U);
  EXPECT_EQ(near.value().addresses, std::vector<OwnAddress>{{.address = address("10.9.0.1")}});
  const auto same = here.run([] { return find_by_address(address("10.9.0.1")); });
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(same.value().ifindex, near.value().ifindex);
}

TEST_F(Netlink, NamesWhatThereIsWhenAskedForAnother) {
  const auto interface = here.run([] { return find_by_name("none"); });
  ASSERT_FALSE(interface.ok());
  EXPECT_EQ(interface.error().kind, ErrorKind::not_found);
  EXPECT_NE(interface.error().message.find("near"), std::string::npos);
  const auto elsewhere = here.run([] { return find_by_address(address("10.9.0.2")); });
  ASSERT_FALSE(elsewhere.ok());
  EXPECT_NE(elsewhere.error().message.find("10.9.0.1 on near"), std::string::npos);
}

TEST_F(Netlink, FindsTheRouteAndItsSource) {
  const auto route = here.run([] { return route_to(address("10.9.0.2")); });
  ASSERT_TRUE(route.ok()) << route.error().message;
  EXPECT_EQ(route.value().interface, "near");
  EXPECT_EQ(route.value().source, address("10.9.0.1"));
  const auto nowhere = here.run([] { return route_to(address("10.10.0.1")); });
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.error().kind, ErrorKind::unreachable);
}

class Netlink6 : public Netlink {
 protected:
  Netlink6() {
    here.run([] {
      for (const char* card : {"near", "far"}) {
        lab::write_file("/proc/sys/net/ipv6/conf/" + std::string(card) + "/disable_ipv6", "0");
      }
    });
    // Nobody is asked about it, but the kernel takes a moment all the same.
    ip({"address", "add", "2001:db8:9::1/64", "dev", "near", "nodad"});
    EXPECT_TRUE(becomes("2001:db8:9::1", AddressState::usable));
  }

  // Nothing when near does not have it.
  std::optional<OwnAddress> on_near(const char* wanted) {
    const Interface near = here.run([] { return find_by_name("near").value(); });
    const auto own = std::ranges::find(near.addresses, address(wanted), &OwnAddress::address);
    return own == near.addresses.end() ? std::nullopt : std::optional(*own);
  }
  bool becomes(const char* wanted, AddressState state) {
    return lab::wait_until(
        [&] {
          const auto own = on_near(wanted);
          return own && own->state == state;
        },
        10s);
  }
};

TEST_F(Netlink6, ListsBothFamiliesIpv4First) {
  const Interface near = here.run([] { return find_by_name("near").value(); });
  EXPECT_EQ(near.addresses.front(), OwnAddress{.address = address("10.9.0.1")});
  EXPECT_EQ(on_near("2001:db8:9::1"), OwnAddress{.address = address("2001:db8:9::1")});
  EXPECT_EQ(here.run([] { return find_by_address(address("2001:db8:9::1")).value().name; }), "near");
  const auto elsewhere = here.run([] { return find_by_address(address("2001:db8:9::2")); });
  ASSERT_FALSE(elsewhere.ok());
  EXPECT_NE(elsewhere.error().message.find("2001:db8:9::1 on near"), std::string::npos);
}

TEST_F(Netlink6, ANewAddressIsTentativeUntilTheLinkWasAsked) {
  auto events = here.run([] { return std::make_unique<LinkEvents>(); });
  ip({"address", "add", "2001:db8:9::2/64", "dev", "near"});
  EXPECT_EQ(on_near("2001:db8:9::2")->state, AddressState::tentative);
  std::vector<bool> told;
  pollfd readable{.fd = events->fd(), .events = POLLIN, .revents = 0};
  while ((told.empty() || !told.back()) && ::poll(&readable, 1, 10'000) == 1) {
    const auto take = [&](const AddressEvent& event) {
      if (event.address == address("2001:db8:9::2")) {
        told.push_back(event.usable);
      }
    };
    EXPECT_TRUE(events->drain([](const LinkEvent&) {}, take).ok());
  }
  EXPECT_EQ(told, (std::vector<bool>{false, true}));
  EXPECT_EQ(on_near("2001:db8:9::2")->state, AddressState::usable);
}

TEST_F(Netlink6, AnAddressThatTheOtherEndHasIsADuplicate) {
  ip({"address", "add", "2001:db8:9::3/64", "dev", "far", "nodad"});
  ip({"address", "add", "2001:db8:9::3/64", "dev", "near"});
  EXPECT_TRUE(becomes("2001:db8:9::3", AddressState::duplicate));
}

TEST_F(Netlink6, ADeprecatedAddressIsPassing) {
  ip({"address", "add", "2001:db8:9::4/64", "dev", "near", "nodad", "preferred_lft", "0"});
  EXPECT_TRUE(becomes("2001:db8:9::4", AddressState::usable));
  EXPECT_TRUE(on_near("2001:db8:9::4")->passing);
}

TEST_F(Netlink6, FindsTheRouteAndItsSource) {
  const auto route = here.run([] { return route_to(address("2001:db8:9::7")); });
  ASSERT_TRUE(route.ok()) << route.error().message;
  EXPECT_EQ(route.value().interface, "near");
  EXPECT_EQ(route.value().source, address("2001:db8:9::1"));
  const auto nowhere = here.run([] { return route_to(address("2001:db8:a::1")); });
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.error().kind, ErrorKind::unreachable);
}

TEST_F(Netlink, CarrierFallsAndRisesWithTheOtherEnd) {
  const unsigned near = here.run([] { return find_by_name("near").value().ifindex; });
  auto events = here.run([] { return std::make_unique<LinkEvents>(); });
  ip({"link", "set", "far", "down"});
  EXPECT_TRUE(event_comes(*events, [&](const LinkEvent& e) { return e.ifindex == near && e.up && !e.carrier; }));
  EXPECT_FALSE(here.run([&] { return link_is_up(near); }).value());
  ip({"link", "set", "far", "up"});
  EXPECT_TRUE(event_comes(*events, [&](const LinkEvent& e) { return e.ifindex == near && e.carrier; }));
  EXPECT_TRUE(here.run([&] { return link_is_up(near); }).value());
}

TEST_F(Netlink, LeavingABridgeIsNotBeingGone) {
  const unsigned near = here.run([] { return find_by_name("near").value().ifindex; });
  ip({"link", "add", "bridge", "type", "bridge"});
  ip({"link", "set", "near", "master", "bridge"});
  auto events = here.run([] { return std::make_unique<LinkEvents>(); });
  ip({"link", "set", "near", "nomaster"});
  ip({"link", "set", "far", "down"});
  bool gone = false;
  EXPECT_TRUE(event_comes(*events, [&](const LinkEvent& e) {
    gone = gone || (e.ifindex == near && e.gone);
    return e.ifindex == near && !e.carrier;
  }));
  EXPECT_FALSE(gone);
  ip({"link", "delete", "near"});
  EXPECT_TRUE(event_comes(*events, [&](const LinkEvent& e) { return e.ifindex == near && e.gone; }));
  EXPECT_EQ(here.run([&] { return link_is_up(near); }).error().kind, ErrorKind::not_found);
}

TEST_F(Netlink, OverrunAsksForTheStateAgain) {
  auto events = here.run([] { return std::make_unique<LinkEvents>(); });
  int smallest = 1;  // the kernel rounds it up to room for very few
  ASSERT_EQ(::setsockopt(events->fd(), SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest), 0);
  for (int i = 0; i < 8; ++i) {
    ip({"link", "set", "far", i % 2 == 0 ? "down" : "up"});
  }
  const auto drained = events->drain([](const LinkEvent&) {});
  ASSERT_TRUE(drained.ok());
  EXPECT_EQ(drained.value(), Drained::overrun);
}

}  // namespace
}  // namespace buddyring
