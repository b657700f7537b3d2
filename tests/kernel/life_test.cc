// SPDX-License-Identifier: Apache-2.0
// What outlives an agent, and what the next one makes of it.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "kernel/detach.h"
#include "kernel/pin_directory.h"
#include "kernel/pinned_maps.h"
#include "posix/clock.h"
#include "posix/startup_error.h"
#include "tests/kernel/card.h"
#include "tests/lab/kernel_objects.h"
#include "tests/lab/process.h"
#include "tests/lab/wait.h"

namespace buddyring {
namespace {

constexpr Incarnation incarnation = 77;
constexpr Epoch epoch = 7;
const Server buddy{.name = "s2", .address = Address::parse("10.9.0.2").value(), .replace_port = 1, .incarnation = 50};

class Life : public Card {
 protected:
  // A member with a buddy in slot 3 and a lease of a minute.
  static void become_member(KernelPath& path) {
    path.set_self(incarnation, epoch, true);
    path.renew_lease(monotonic_now() + std::chrono::minutes{1});
    EXPECT_TRUE(path.watch(3, buddy, WatchRole::buddy).ok());
  }
  [[nodiscard]] static PinnedMaps pinned() { return read_pinned(pin_root, "web:s1").value(); }
  // As the XDP program judges it.
  [[nodiscard]] static bool lease_is_fresh() {
    const auto agent = pinned().agent;
    return to_ns(monotonic_now()) <= agent.lease_expires_ns && agent.term >= agent.term_floor;
  }
};

TEST_F(Life, AKilledAgentLeavesItsAnswersWithARevokedLease) {
  attach_and_kill(options(), become_member);
  EXPECT_NE(xdp_program(), 0U);
  EXPECT_EQ(egress_filters().size(), 1U);
  EXPECT_EQ(pinned().agent.member, 1U);
  EXPECT_FALSE(lease_is_fresh()) << "the exit notice did not revoke it";
}

TEST_F(Life, ANewAgentOfAKilledOneExchangesTheProgramsAndIsNoMemberYet) {
  attach_and_kill(options(), become_member);
  const uint32_t before = xdp_program();
  auto next = attach(options());
  EXPECT_NE(xdp_program(), before);
  EXPECT_NE(xdp_program(), 0U);
  EXPECT_EQ(egress_filters().size(), 1U);
  EXPECT_FALSE(next->resumed());
  EXPECT_EQ(pinned().agent.member, 0U);
  EXPECT_EQ(pinned().peer[3].role, BUDDYRING_PEER_FREE);
  next->set_self(incarnation + 1, epoch + 1, true);
  next->renew_lease(monotonic_now() + std::chrono::minutes{1});
  EXPECT_TRUE(lease_is_fresh());
  EXPECT_EQ(next->report().link[0].clsact_created, 1U);
  EXPECT_EQ(next->report().exit_notice, 1U);
  next.reset();
  expect_nothing_left();
}

TEST_F(Life, WhatWasHandedOverGoesOn) {
  auto first = attach(options());
  become_member(*first);
  first->hand_over();
  first.reset();
  EXPECT_NE(xdp_program(), 0U);
  EXPECT_TRUE(lease_is_fresh());

  auto next = attach(options());
  ASSERT_TRUE(next->resumed());
  EXPECT_EQ(next->resumed()->incarnation, incarnation);
  EXPECT_EQ(next->resumed()->epoch, epoch);
  EXPECT_TRUE(lease_is_fresh());
  EXPECT_EQ(pinned().agent.member, 1U);
  EXPECT_EQ(pinned().peer[3].role, BUDDYRING_PEER_BUDDY) << "its buddy was counted no more";
  // It is watched in another slot now, and the rest is dropped.
  ASSERT_TRUE(next->watch(0, buddy, WatchRole::buddy).ok());
  EXPECT_EQ(pinned().peer[3].role, BUDDYRING_PEER_FREE);
  next->drop_inherited();
  EXPECT_EQ(pinned().peer[0].role, BUDDYRING_PEER_BUDDY);
  next.reset();
  expect_nothing_left();
}

TEST_F(Life, AnInheritedBuddyInItsOwnSlotStaysAndOthersAreDropped) {
  auto first = attach(options());
  become_member(*first);
  Server other = buddy;
  other.name = "s3";
  other.address = Address::parse("10.9.0.3").value();
  EXPECT_TRUE(first->watch(4, other, WatchRole::buddy).ok());
  first->hand_over();
  first.reset();
  auto next = attach(options());
  ASSERT_TRUE(next->watch(3, buddy, WatchRole::buddy).ok());
  EXPECT_EQ(pinned().peer[4].role, BUDDYRING_PEER_BUDDY);
  next->drop_inherited();
  EXPECT_EQ(pinned().peer[3].role, BUDDYRING_PEER_BUDDY);
  EXPECT_EQ(pinned().peer[4].role, BUDDYRING_PEER_FREE);
  // Both addresses are free to be watched elsewhere only if their slots are.
  EXPECT_FALSE(next->watch(5, buddy, WatchRole::buddy).ok());
  EXPECT_TRUE(next->watch(6, other, WatchRole::buddy).ok());
}

TEST_F(Life, ALeaseThatRanOutIsNotResumed) {
  auto first = attach(options());
  become_member(*first);
  first->renew_lease(monotonic_now() - std::chrono::seconds{1});
  first->hand_over();
  first.reset();
  auto next = attach(options());
  EXPECT_FALSE(next->resumed());
  EXPECT_EQ(pinned().agent.member, 0U);
}

TEST_F(Life, AStartThatFailsLeavesWhatWasHandedOver) {
  auto first = attach(options());
  become_member(*first);
  first->hand_over();
  first.reset();
  run({"tc", "filter", "del", "dev", "v0", "egress"});
  attach_foreign_filter("shaper", 0xB0DD, 1);  // in our filter's place
  EXPECT_FALSE(refusal(options()).empty());
  EXPECT_NE(xdp_program(), 0U);
  EXPECT_TRUE(lease_is_fresh());
}

// What the kernel drops it frees a little later.
TEST_F(Life, RestartsLeaveNoProgramMapOrLinkBehind) {
  auto given = options();
  given.pool = "pool-" + std::to_string(getpid());  // of no other process's tests
  const auto objects = [&] { return lab::kernel_objects_of(given.pool, given.server); };
  auto path = attach(given);
  const auto attached = objects();
  EXPECT_EQ(attached.programs, 4U) << attached.text();
  EXPECT_EQ(attached.links, 2U) << attached.text();
  for (int i = 0; i < 5; ++i) {
    path->hand_over();
    path.reset();
    path = attach(given);
  }
  EXPECT_TRUE(lab::wait_until([&] { return objects() == attached; }, std::chrono::seconds{10})) << objects().text();
  path.reset();
  EXPECT_TRUE(lab::wait_until([&] { return objects() == lab::KernelObjects{}; }, std::chrono::seconds{10}))
      << objects().text();
}

TEST_F(Life, AnExitingThreadRevokesNothing) {
  const auto path = attach(options());
  become_member(*path);
  std::thread([] {}).join();
  EXPECT_TRUE(lease_is_fresh());
}

TEST_F(Life, AnExitingServiceRevokesTheLeaseUntilItRestsOnAnother) {
  const auto path = attach(options());
  become_member(*path);
  lab::Process service(where_, {.argv = {"sleep", "60"}});
  lab::Process other(where_, {.argv = {"sleep", "60"}});
  ASSERT_TRUE(path->rest_on(std::array{service.pid(), other.pid()}).ok());
  EXPECT_TRUE(lease_is_fresh());
  service.signal(SIGKILL);
  ASSERT_TRUE(service.wait_exit(std::chrono::seconds{10}));
  EXPECT_FALSE(lease_is_fresh());
  path->renew_lease(monotonic_now() + std::chrono::minutes{1});
  EXPECT_FALSE(lease_is_fresh()) << "a renewal brought it back";
  EXPECT_EQ(path->rest_on(std::array{service.pid(), other.pid()}).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(lease_is_fresh());

  lab::Process again(where_, {.argv = {"sleep", "60"}});
  ASSERT_TRUE(path->rest_on(std::array{again.pid(), other.pid()}).ok());
  EXPECT_TRUE(lease_is_fresh());
  // Whom the lease rests on no more may go.
  ASSERT_TRUE(path->rest_on(std::array{again.pid()}).ok());
  other.signal(SIGKILL);
  ASSERT_TRUE(other.wait_exit(std::chrono::seconds{10}));
  EXPECT_TRUE(lease_is_fresh());
}

// A service of two threads whose first one ends goes on.
TEST_F(Life, AServiceWhoseFirstThreadEndsStillRuns) {
  const auto path = attach(options());
  become_member(*path);
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t service = fork();
  if (service == 0) {
    std::thread([&] {
      char go = 0;
      (void)!read(ends[0], &go, 1);
      _exit(0);
    }).detach();
    syscall(SYS_exit, 0);  // of this thread alone, without unwinding
  }
  ASSERT_TRUE(path->rest_on(std::array{service}).ok());
  // Its first thread is a zombie by and by, the process is none.
  const std::string status = "/proc/" + std::to_string(service) + "/stat";
  const auto first_thread_ended = [&] { return run({"cat", status}).find(") Z ") != std::string::npos; };
  ASSERT_TRUE(lab::wait_until(first_thread_ended, std::chrono::seconds{10}));
  EXPECT_TRUE(lease_is_fresh());
  ASSERT_EQ(write(ends[1], "+", 1), 1);
  waitpid(service, nullptr, 0);
  EXPECT_FALSE(lease_is_fresh());
}

TEST_F(Life, WithoutTypeInformationItWarnsAndGoesOn) {
  const char* types = "/sys/kernel/btf/vmlinux";
  ASSERT_EQ(where_.run([&] { return mount("/dev/null", types, nullptr, MS_BIND, nullptr); }), 0);
  auto path = attach(options());
  EXPECT_EQ(path->report().exit_notice, 0U);
  ASSERT_EQ(path->warnings().size(), 1U);
  EXPECT_NE(path->warnings()[0].find("cannot tell of exits"), std::string::npos) << path->warnings()[0];
  become_member(*path);
  EXPECT_TRUE(lease_is_fresh());
  path.reset();
  EXPECT_EQ(where_.run([&] { return umount(types); }), 0);
  expect_nothing_left();
}

TEST_F(Life, DetachRemovesWhatAKilledAgentLeftAndMayBeRepeated) {
  attach_and_kill(options(), become_member);
  const auto detach = [] { return detach_leftovers(pin_root, "web", "s1"); };
  EXPECT_EQ(where_.run(detach).size(), 3U);
  expect_nothing_left();
  EXPECT_TRUE(where_.run(detach).empty());
}

TEST_F(Life, DetachFindsWhatAnotherMountHides) {
  attach_and_kill(options(), become_member);
  ASSERT_EQ(where_.run([] { return mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr); }), 0);
  const std::string line = refusal(options());
  EXPECT_NE(line.find("buddyd --detach"), std::string::npos) << line;
  EXPECT_EQ(where_.run([] { return detach_leftovers(pin_root, "web", "s1"); }).size(), 2U);
  EXPECT_EQ(xdp_program(), 0U);
  EXPECT_FALSE(has_clsact());
  EXPECT_EQ(where_.run([] { return umount("/sys/fs/bpf"); }), 0);
  EXPECT_EQ(where_.run([] { return detach_leftovers(pin_root, "web", "s1"); }).size(), 1U);
  expect_nothing_left();
}

TEST_F(Life, DetachRefusesWhileAnAgentRunsAndLeavesOthersAlone) {
  auto path = attach(options());
  become_member(*path);
  const auto detach = [](const char* server) { return detach_leftovers(pin_root, "web", server); };
  EXPECT_THROW((void)where_.run([&] { return detach("s1"); }), StartupError);
  EXPECT_TRUE(where_.run([&] { return detach("s2"); }).empty());
  // Not either when its lock is hidden.
  ASSERT_EQ(where_.run([] { return mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr); }), 0);
  EXPECT_THROW((void)where_.run([&] { return detach("s1"); }), StartupError);
  EXPECT_EQ(where_.run([] { return umount("/sys/fs/bpf"); }), 0);
  EXPECT_NE(xdp_program(), 0U);
  EXPECT_EQ(egress_filters().size(), 1U);
  path.reset();
  expect_nothing_left();
}

TEST_F(Life, DetachRemovesPinsOfAnotherLayout) {
  std::filesystem::create_directories(std::string(pin_root) + "/v2/web:s1");
  EXPECT_EQ(where_.run([] { return detach_leftovers(pin_root, "web", "s1"); }).size(), 1U);
  expect_nothing_left();
}

TEST_F(Life, PinsOfAnotherLayoutAreRefusedAndLeft) {
  const std::string old = std::string(pin_root) + "/v2/web:s1";
  std::filesystem::create_directories(old);
  const std::string line = refusal(options());
  EXPECT_NE(line.find(old), std::string::npos) << line;
  EXPECT_NE(line.find("buddyd --detach"), std::string::npos) << line;
  EXPECT_TRUE(std::filesystem::exists(old));
  std::filesystem::remove_all(pin_root);
}

}  // namespace
}  // namespace buddyring
