// SPDX-License-Identifier: Apache-2.0
// Two hosts on a switch: probes and pings that really leave and arrive.
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>

#include "kernel/pinned_maps.h"
#include "posix/clock.h"
#include "tests/kernel/card.h"
#include "tests/kernel/packet.h"
#include "tests/lab/host.h"
#include "tests/lab/sandbox.h"
#include "tests/lab/switch.h"
#include "tests/lab/wait.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;

constexpr auto arrival_timeout = 5s;
constexpr ptrdiff_t icmp_header_bytes = 8;

class Wire : public testing::Test {
 protected:
  [[nodiscard]] static Attached attach(lab::Host& host) {
    return attach_inside(host.inside(), {.pin_root = pin_root,
                                         .pool = "web",
                                         .server = host.name(),
                                         .interface = "eth0",
                                         .ifindex = host.run([] { return if_nametoindex("eth0"); }),
                                         .address = Address::parse(host.address()).value()});
  }
  [[nodiscard]] static Server server_of(const lab::Host& host, Incarnation incarnation) {
    return {.name = host.name(), .address = Address::parse(host.address()).value(), .incarnation = incarnation};
  }
  // A live member under `incarnation`.
  static void announce(KernelPath& path, Incarnation incarnation) {
    path.set_self(incarnation, 1, true);
    path.renew_lease(monotonic_now() + 1h);
  }
  static void send_probe(lab::Host& from, const lab::Host& to, uint64_t number) {
    from.run([&] {
      const Fd socket(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
      const Bytes frame = Packet::request()
                              .probe({.number = number,
                                      .sender = identity_of("web", from.name()),
                                      .target = identity_of("web", to.name()),
                                      .nonce = number * 31})
                              .frame();
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = Address::parse(to.address())->v4();
      constexpr size_t before_icmp = 34;
      ASSERT_EQ(sendto(socket.get(), frame.data() + before_icmp, frame.size() - before_icmp, 0,
                       reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
                static_cast<ssize_t>(frame.size() - before_icmp));
    });
  }
  // The data that came back.
  [[nodiscard]] static Bytes ping(lab::Host& from, const lab::Host& to, const Bytes& data) {
    return from.run([&] {
      const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP));
      const timeval patience{.tv_sec = arrival_timeout.count(), .tv_usec = 0};
      EXPECT_EQ(setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = Address::parse(to.address())->v4();
      Bytes message(icmp_header_bytes);
      message[0] = 8;
      message.insert(message.end(), data.begin(), data.end());
      EXPECT_EQ(sendto(socket.get(), message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                       sizeof(address)),
                static_cast<ssize_t>(message.size()));
      Bytes back(2048);
      const ssize_t bytes = recv(socket.get(), back.data(), back.size(), 0);
      EXPECT_GE(bytes, static_cast<ssize_t>(icmp_header_bytes));
      back.resize(static_cast<size_t>(std::max<ssize_t>(bytes, icmp_header_bytes)));
      return Bytes(back.begin() + icmp_header_bytes, back.end());
    });
  }
  [[nodiscard]] static bool wait_for(KernelPath& path, const std::function<bool(const Observation&)>& wanted) {
    return lab::wait_until([&] { return wanted(path.observe(0)); }, arrival_timeout);
  }

  lab::Switch switch_{lossy_object()};
  lab::Host one_{switch_, "one", "10.77.0.1"};
  lab::Host two_{switch_, "two", "10.77.0.2"};
};

TEST_F(Wire, ProbeIsAnsweredByTheOtherKernelAndTimedByOurs) {
  const auto a = attach(one_);
  const auto b = attach(two_);
  announce(*b, 50);
  ASSERT_TRUE(a->watch(0, server_of(two_, 50), WatchRole::buddy).ok());
  const Instant before = monotonic_now();
  send_probe(one_, two_, 1);
  ASSERT_TRUE(wait_for(*a, [](const Observation& seen) { return seen.live_answers == 1; }));
  const Observation seen = a->observe(0);
  EXPECT_EQ(seen.departed_number, 1U);
  EXPECT_GE(seen.departed, before);
  EXPECT_GT(seen.last_live, seen.departed);
  EXPECT_FALSE(seen.counts_us);
  EXPECT_FALSE(seen.word_fresh);
  EXPECT_EQ(seen.epoch, 1U);

  // Watched back, we are told that we count.
  ASSERT_TRUE(b->watch(0, server_of(one_, 1), WatchRole::buddy).ok());
  send_probe(one_, two_, 2);
  ASSERT_TRUE(wait_for(*a, [](const Observation& now) { return now.live_answers == 2; }));
  EXPECT_TRUE(a->observe(0).counts_us);
  EXPECT_EQ(a->observe(0).departed_number, 2U);

  const auto maps = read_pinned(pin_root, "web:one").value();
  EXPECT_EQ(maps.peer_state[0].rtt_count, 2U);
  EXPECT_GT(maps.peer_state[0].rtt_min_ns, 0U);
  EXPECT_EQ(maps.verdicts[BUDDYRING_ARRIVED], 2U);
  EXPECT_EQ(maps.verdicts[BUDDYRING_DEPARTED], 2U);
}

TEST_F(Wire, OtherSignsOfBeingThere) {
  const auto a = attach(one_);
  auto b = attach(two_);
  ASSERT_TRUE(a->watch(0, server_of(two_, 50), WatchRole::buddy).ok());
  uint64_t number = 0;
  const auto expect_class = [&](AnswerClass expected) {
    send_probe(one_, two_, ++number);
    const Instant departed = a->observe(0).departed;
    EXPECT_TRUE(wait_for(*a, [&](const Observation& seen) {
      return seen.last_other > departed && seen.last_other_class == expected;
    })) << describe(expected);
  };
  expect_class(AnswerClass::not_member);
  announce(*b, 49);
  expect_class(AnswerClass::other_incarnation);
  EXPECT_EQ(a->observe(0).other_incarnation, 49U);
  b->set_self(50, 1, true);
  b->renew_lease(monotonic_now());
  expect_class(AnswerClass::stale_lease);
  EXPECT_EQ(a->observe(0).other_incarnation, 50U);
  b.reset();
  expect_class(AnswerClass::plain);
  EXPECT_EQ(a->observe(0).other_incarnation, 0U);
  EXPECT_EQ(a->observe(0).live_answers, 0U);
  EXPECT_EQ(a->observe(0).last_live, Instant{});
}

TEST_F(Wire, WordOfTheOtherAgentIsHeardWhileItIsFresh) {
  const auto a = attach(one_);
  const auto b = attach(two_);
  announce(*b, 50);
  ASSERT_TRUE(a->watch(0, server_of(two_, 50), WatchRole::beyond).ok());
  uint64_t number = 0;
  const auto hear = [&] {
    send_probe(one_, two_, ++number);
    EXPECT_TRUE(wait_for(*a, [&](const Observation& seen) { return seen.live_answers == number; }));
    return a->observe(0);
  };
  b->set_word(true, false, monotonic_now() + 1h);
  const Observation first = hear();
  EXPECT_TRUE(first.word_fresh && first.doubts_a && !first.doubts_b);
  b->set_word(false, true, monotonic_now() + 1h);
  const Observation second = hear();
  EXPECT_TRUE(second.word_fresh && !second.doubts_a && second.doubts_b);
  // With the next buddy list the word is void until it is given anew.
  b->set_self(50, 2, true);
  const Observation third = hear();
  EXPECT_EQ(third.epoch, 2U);
  EXPECT_FALSE(third.word_fresh || third.doubts_a || third.doubts_b);
  b->set_word(false, false, monotonic_now() + 1h);
  EXPECT_TRUE(hear().word_fresh);
  b->set_word(true, true, monotonic_now());
  const Observation last = hear();
  EXPECT_FALSE(last.word_fresh || last.doubts_a || last.doubts_b);
}

TEST_F(Wire, OnlyABuddyIsToldThatItCounts) {
  const auto a = attach(one_);
  const auto b = attach(two_);
  announce(*b, 50);
  ASSERT_TRUE(a->watch(0, server_of(two_, 50), WatchRole::buddy).ok());
  ASSERT_TRUE(b->watch(0, server_of(one_, 1), WatchRole::beyond).ok());
  send_probe(one_, two_, 1);
  ASSERT_TRUE(wait_for(*a, [](const Observation& seen) { return seen.live_answers == 1; }));
  EXPECT_FALSE(a->observe(0).counts_us);

  // A new role of either keeps what was seen.
  ASSERT_TRUE(a->set_role(0, WatchRole::beyond).ok());
  ASSERT_TRUE(b->set_role(0, WatchRole::buddy).ok());
  EXPECT_EQ(a->observe(0).live_answers, 1U);
  EXPECT_EQ(a->observe(0).departed_number, 1U);
  send_probe(one_, two_, 2);
  ASSERT_TRUE(wait_for(*a, [](const Observation& seen) { return seen.live_answers == 2; }));
  EXPECT_TRUE(a->observe(0).counts_us);
}

TEST_F(Wire, WatchForgetsWhatWasSeenBefore) {
  const auto a = attach(one_);
  const auto b = attach(two_);
  announce(*b, 50);
  ASSERT_TRUE(a->watch(0, server_of(two_, 50), WatchRole::buddy).ok());
  send_probe(one_, two_, 1);
  ASSERT_TRUE(wait_for(*a, [](const Observation& seen) { return seen.live_answers == 1; }));
  ASSERT_TRUE(a->watch(0, server_of(two_, 51), WatchRole::buddy).ok());
  EXPECT_EQ(a->observe(0).live_answers, 0U);
  EXPECT_EQ(a->observe(0).departed_number, 0U);
}

// A ping socket gets only what the stack has found right, checksum included.
TEST_F(Wire, PlainPingOfAPeerIsAnsweredBeforeTheStack) {
  const auto b = attach(two_);
  ASSERT_TRUE(b->watch(0, server_of(one_, 1), WatchRole::buddy).ok());
  one_.run([] { lab::write_file("/proc/sys/net/ipv4/ping_group_range", "0 0"); });
  for (const size_t bytes : {0, 1, 56, 57, 1471, 1472}) {
    SCOPED_TRACE(bytes);
    EXPECT_EQ(ping(one_, two_, Bytes(bytes, 0x5A)), Bytes(bytes, 0x5A));
    EXPECT_EQ(ping(one_, two_, Bytes(bytes, 0)), Bytes(bytes, 0));
  }
  EXPECT_EQ(read_pinned(pin_root, "web:two").value().verdicts[BUDDYRING_ANSWERED_PLAIN], 12U);
}

// Of the lab's switch: one way of one pair gets lost, and nothing else.
TEST_F(Wire, LossIsOfOnePairInOneDirection) {
  const lab::Host three(switch_, "three", "10.77.0.3");
  const auto a = attach(one_);
  const auto b = attach(two_);
  announce(*a, 1);
  announce(*b, 50);
  ASSERT_TRUE(a->watch(0, server_of(two_, 50), WatchRole::buddy).ok());
  ASSERT_TRUE(b->watch(0, server_of(one_, 1), WatchRole::buddy).ok());
  switch_.lose(one_.address(), two_.address(), 1);
  EXPECT_EQ(switch_.lost(), 0U);
  // What one asks is lost, and what its kernel answers.
  const auto lost = [&](uint64_t frames) {
    return lab::wait_until([&] { return switch_.lost() == frames; }, arrival_timeout);
  };
  send_probe(one_, two_, 1);
  EXPECT_TRUE(lost(1));
  send_probe(two_, one_, 1);
  EXPECT_TRUE(lost(2));
  EXPECT_EQ(read_pinned(pin_root, "web:two").value().verdicts[BUDDYRING_ANSWERED_PROBE], 0U);
  EXPECT_EQ(read_pinned(pin_root, "web:one").value().verdicts[BUDDYRING_ANSWERED_PROBE], 1U);
  // To others it speaks.
  one_.run([] { lab::write_file("/proc/sys/net/ipv4/ping_group_range", "0 0"); });
  EXPECT_EQ(ping(one_, three, Bytes(56, 0x5A)), Bytes(56, 0x5A));
  switch_.lose(one_.address(), two_.address(), 0);
  send_probe(one_, two_, 2);
  EXPECT_TRUE(wait_for(*a, [](const Observation& seen) { return seen.live_answers == 1; }));
  EXPECT_EQ(switch_.lost(), 2U);
}

TEST_F(Wire, LossOfEveryPairByChance) {
  const auto a = attach(one_);
  const auto b = attach(two_);
  announce(*b, 50);
  ASSERT_TRUE(a->watch(0, server_of(two_, 50), WatchRole::buddy).ok());
  switch_.lose("", "", 0.5);
  // Some come and some do not. That all of so many do the same has a chance of 2^-256.
  constexpr uint64_t probes = 256;
  for (uint64_t number = 1; number <= probes; ++number) {
    send_probe(one_, two_, number);
  }
  EXPECT_TRUE(wait_for(*a, [&](const Observation& seen) { return seen.live_answers > 0; }));
  EXPECT_TRUE(lab::wait_until([&] { return switch_.lost() > 0; }, arrival_timeout));
}

// The interface may be given another MAC while the agent runs.
TEST_F(Wire, LinkAddressFollowsTheInterface) {
  const auto b = attach(two_);
  lab::ip_batch(two_.inside(), "link set dev eth0 address 02:00:00:00:00:77\n");
  ASSERT_TRUE(two_.run([&] { return b->refresh_link_address(); }).ok());
  const auto maps = read_pinned(pin_root, "web:two").value();
  EXPECT_EQ(maps.agent.link_address[5], 0x77);
}

}  // namespace
}  // namespace buddyring
