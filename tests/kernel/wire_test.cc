// SPDX-License-Identifier: Apache-2.0
// Two hosts on a switch: probes and pings that really leave and arrive.
#include "tests/kernel/wire.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <memory>

#include "kernel/pinned_maps.h"
#include "posix/clock.h"
#include "tests/kernel/programs.h"
#include "tests/lab/process.h"
#include "tests/lab/wait.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;

class WireOfBothFamilies : public Wire, public testing::WithParamInterface<Family> {
 protected:
  WireOfBothFamilies() : Wire(GetParam()) {}

  // The most data that a ping has in one frame.
  [[nodiscard]] size_t data_bytes_max() const { return family() == Family::ipv4 ? 1472 : 1452; }
  // From now on, what leaves `host` gets one more VLAN tag before our egress program sees it. `handle`: each its own.
  static void tag_before_us(lab::Host& host, uint32_t handle);
};
INSTANTIATE_TEST_SUITE_P(Each, WireOfBothFamilies, testing::Values(Family::ipv4, Family::ipv6),
                         [](const testing::TestParamInfo<Family>& one) { return name_of(one.param); });

TEST_P(WireOfBothFamilies, ProbeIsAnsweredByTheOtherKernelAndTimedByOurs) {
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

TEST_P(WireOfBothFamilies, OtherSignsOfBeingThere) {
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
  EXPECT_EQ(a->observe(0).live_answers, 0U);
  b->keep_stale(true);
  send_probe(one_, two_, ++number);
  EXPECT_TRUE(wait_for(*a, [](const Observation& seen) { return seen.kept; }));
  EXPECT_GT(a->observe(0).last_live, a->observe(0).departed) << "a sign of life";
  EXPECT_EQ(a->observe(0).live_answers, 1U);
  b->renew_lease(monotonic_now() + std::chrono::hours{1});
  send_probe(one_, two_, ++number);
  EXPECT_TRUE(wait_for(*a, [](const Observation& seen) { return !seen.kept && seen.live_answers == 2; }));
  b.reset();
  expect_class(AnswerClass::plain);
  EXPECT_EQ(a->observe(0).other_incarnation, 0U);
  EXPECT_EQ(a->observe(0).live_answers, 2U);
}

TEST_P(WireOfBothFamilies, WordOfTheOtherAgentIsHeardWhileItIsFresh) {
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

TEST_P(WireOfBothFamilies, OnlyABuddyIsToldThatItCounts) {
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

TEST_P(WireOfBothFamilies, WatchForgetsWhatWasSeenBefore) {
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

TEST_P(WireOfBothFamilies, PlainPingOfAPeerIsAnsweredBeforeTheStack) {
  const auto b = attach(two_);
  ASSERT_TRUE(b->watch(0, server_of(one_, 1), WatchRole::buddy).ok());
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{56}, size_t{57}, data_bytes_max() - 1, data_bytes_max()}) {
    SCOPED_TRACE(bytes);
    EXPECT_EQ(ping(one_, two_, Bytes(bytes, 0x5A)), Bytes(bytes, 0x5A));
    EXPECT_EQ(ping(one_, two_, Bytes(bytes, 0)), Bytes(bytes, 0));
  }
  EXPECT_EQ(read_pinned(pin_root, "web:two").value().verdicts[BUDDYRING_ANSWERED_PLAIN], 12U);
}

TEST_P(WireOfBothFamilies, StockPingIsContent) {
  const auto b = attach(two_);
  ASSERT_TRUE(b->watch(0, server_of(one_, 1), WatchRole::buddy).ok());
  for (const size_t bytes : {size_t{0}, size_t{56}, size_t{57}, data_bytes_max()}) {
    SCOPED_TRACE(bytes);
    const auto done =
        lab::run_to_end(one_.inside(), {.argv = {"ping", family() == Family::ipv4 ? "-4" : "-6", "-n", "-c", "5", "-i",
                                                 "0.01", "-W", std::to_string(arrival_timeout.count()), "-Q", "0x28",
                                                 "-s", std::to_string(bytes), address_text(two_)}});
    EXPECT_EQ(done.exit, lab::Exit{.code = 0}) << done.err;
    EXPECT_NE(done.out.find("5 received, 0% packet loss"), std::string::npos) << done.out;
    EXPECT_NE(done.out.find("ttl=64"), std::string::npos) << done.out;
    for (const char* complaint : {"wrong data", "BAD CHECKSUM", "DUP", "truncated"}) {
      EXPECT_EQ(done.out.find(complaint), std::string::npos) << done.out;
    }
  }
  EXPECT_EQ(read_pinned(pin_root, "web:two").value().verdicts[BUDDYRING_ANSWERED_PLAIN], 20U);
  // Unwatched, it is the stack that answers.
  ASSERT_TRUE(b->unwatch(0).ok());
  EXPECT_EQ(ping(one_, two_, Bytes(56, 0x5A)), Bytes(56, 0x5A));
  EXPECT_EQ(read_pinned(pin_root, "web:two").value().verdicts[BUDDYRING_PASS_UNKNOWN_ASKER], 1U);
}

void WireOfBothFamilies::tag_before_us(lab::Host& host, uint32_t handle) {
  const auto operation = [](int code, uint8_t to, int value) {
    return bpf_insn{.code = static_cast<uint8_t>(code),
                    .dst_reg = static_cast<uint8_t>(to & 0xF),
                    .src_reg = 0,
                    .off = 0,
                    .imm = value};
  };
  // bpf_skb_vlan_push(packet, type of 802.1Q in network order, 5), and on to the next filter.
  const std::array<bpf_insn, 5> program{
      operation(BPF_ALU64 | BPF_MOV | BPF_K, 2, htons(0x8100)), operation(BPF_ALU64 | BPF_MOV | BPF_K, 3, 5),
      operation(BPF_JMP | BPF_CALL, 0, BPF_FUNC_skb_vlan_push), operation(BPF_ALU64 | BPF_MOV | BPF_K, 0, -1),
      operation(BPF_JMP | BPF_EXIT, 0, 0)};
  const Fd fd(bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "tagger", "GPL", program.data(), program.size(), nullptr));
  ASSERT_TRUE(fd.valid());
  host.run([&] {
    bpf_tc_hook hook{};
    hook.sz = sizeof(hook);
    hook.ifindex = static_cast<int>(if_nametoindex("eth0"));
    hook.attach_point = BPF_TC_EGRESS;
    bpf_tc_opts place{};
    place.sz = sizeof(place);
    place.prog_fd = fd.get();
    place.handle = handle;
    place.priority = 1;  // ours: of one priority, the latest comes first
    EXPECT_EQ(bpf_tc_attach(&hook, &place), 0);
  });
}

// The first tag is kept beside the packet; the second moves it into the frame and takes its place.
TEST_P(WireOfBothFamilies, ProbeIsSeenToLeaveUnderTags) {
  const auto a = attach(one_);
  const auto b = attach(two_);
  announce(*b, 50);
  ASSERT_TRUE(a->watch(0, server_of(two_, 50), WatchRole::buddy).ok());
  // So that the neighbour is known: nobody understands what is asked under a tag.
  send_probe(one_, two_, 1);
  ASSERT_TRUE(wait_for(*a, [](const Observation& seen) { return seen.live_answers == 1; }));
  for (const uint32_t tags : {1U, 2U}) {
    SCOPED_TRACE(tags);
    tag_before_us(one_, tags);
    send_probe(one_, two_, 1 + tags);
    EXPECT_TRUE(wait_for(*a, [&](const Observation& seen) { return seen.departed_number == 1 + tags; }));
  }
}

class WireOfOneFamily : public Wire {};

// Of the lab's switch: one way of one pair gets lost, and nothing else.
TEST_F(WireOfOneFamily, LossIsOfOnePairInOneDirection) {
  const lab::Host three(switch_, "three", {"10.77.0.3"});
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
  EXPECT_EQ(ping(one_, three, Bytes(56, 0x5A)), Bytes(56, 0x5A));
  switch_.lose(one_.address(), two_.address(), 0);
  send_probe(one_, two_, 2);
  EXPECT_TRUE(wait_for(*a, [](const Observation& seen) { return seen.live_answers == 1; }));
  EXPECT_EQ(switch_.lost(), 2U);
}

TEST_F(WireOfOneFamily, LossOfEveryPairByChance) {
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
TEST_F(WireOfOneFamily, LinkAddressFollowsTheInterface) {
  const auto b = attach(two_);
  lab::ip_batch(two_.inside(), "link set dev eth0 address 02:00:00:00:00:77\n");
  ASSERT_TRUE(two_.run([&] { return b->refresh_link_addresses(); }).ok());
  const auto maps = read_pinned(pin_root, "web:two").value();
  EXPECT_EQ(maps.agent.link[0].address[5], 0x77);
}

}  // namespace
}  // namespace buddyring
