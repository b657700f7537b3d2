// SPDX-License-Identifier: Apache-2.0
// What a card's stamps become, with a card that the test is (tests/bpf/card.bpf.c): no
// program that is bound to an interface is loaded here.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "tests/bpf/card.h"
#include "tests/kernel/programs.h"

namespace buddyring {
namespace {

constexpr uint64_t millisecond = 1'000'000;
constexpr uint64_t second = 1'000 * millisecond;
// The epoch of cards is often that of calendars, of ours the boot.
constexpr uint64_t card_epoch = 1'700'000'000 * second;

struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};

// The test's object on the maps of the plain one.
class Stamps : public Programs {
 protected:
  Stamps() {
    const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
    object_.reset(bpf_object__open((folder / "bpf/card.bpf.o").c_str()));
    bpf_map* map = nullptr;
    bpf_object__for_each_map(map, object_.get()) {
      const int shared = bpf_object__find_map_fd_by_name(skeleton()->obj, bpf_map__name(map));
      EXPECT_TRUE(shared < 0 || bpf_map__reuse_fd(map, shared) == 0) << bpf_map__name(map);
    }
    EXPECT_EQ(bpf_object__load(object_.get()), 0);
  }

  template <class Value>
  void write(const char* map, const Value& value) {
    const uint32_t only = 0;
    EXPECT_EQ(bpf_map_update_elem(bpf_object__find_map_fd_by_name(object_.get(), map), &only, &value, BPF_ANY), 0);
  }
  template <class Value>
  [[nodiscard]] Value read(const char* map) {
    const uint32_t only = 0;
    Value value{};
    EXPECT_EQ(bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(object_.get(), map), &only, &value), 0);
    return value;
  }
  // Returns the action.
  uint32_t run(const char* program, Bytes frame) {
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    options.data_in = frame.data();
    options.data_size_in = static_cast<uint32_t>(frame.size());
    options.repeat = 1;
    const auto* found = bpf_object__find_program_by_name(object_.get(), program);
    EXPECT_EQ(bpf_prog_test_run_opts(bpf_program__fd(found), &options), 0);
    return options.retval;
  }

  uint64_t translate(uint64_t now, uint64_t card) {
    write("translation", card_translation{.now = now, .card = card, .translated = 0});
    EXPECT_EQ(run("translate_once", Bytes(64)), static_cast<uint32_t>(XDP_PASS));
    return read<card_translation>("translation").translated;
  }
  [[nodiscard]] buddyring_card_clock clock() { return read<buddyring_card_clock>("card_clock"); }

  // The live answer to probe `number`, of which the card says this.
  void arrive(uint64_t number, const card_says& says) {
    depart(number);
    write("card_says", says);
    EXPECT_EQ(run("buddyring_xdp", incoming(live_answer(number)).frame()), static_cast<uint32_t>(XDP_DROP));
  }
  [[nodiscard]] const buddyring_sighting& live() { return state().sighting[BUDDYRING_LIVE]; }

 private:
  std::unique_ptr<bpf_object, CloseObject> object_;
};

TEST_F(Stamps, FirstOneTellsTheDifferenceAndTheNextHowLongItWaited) {
  EXPECT_EQ(translate(1000, card_epoch + 700), 1000U);
  EXPECT_EQ(translate(2000, card_epoch + 1600), 1900U);
  EXPECT_EQ(clock().translated, 2U);
  EXPECT_EQ(clock().learnt_ns, 1000U);
  EXPECT_EQ(clock().difference_ns, static_cast<int64_t>(300 - card_epoch));
}

TEST_F(Stamps, OneThatWaitedForLessIsLearntFromAndNeverLiesAhead) {
  (void)translate(1000, card_epoch + 700);
  EXPECT_EQ(translate(2000, card_epoch + 1900), 2000U);
  EXPECT_EQ(translate(3000, card_epoch + 2700), 2800U);
  EXPECT_EQ(clock().learnt_ns, 2000U);
}

TEST_F(Stamps, MissingOneIsCountedAndTeachesNothing) {
  (void)translate(1000, card_epoch + 700);
  const auto before = clock();
  EXPECT_EQ(translate(2000, 0), 0U);
  EXPECT_EQ(clock().missing, 1U);
  EXPECT_EQ(clock().learnt_ns, before.learnt_ns);
  EXPECT_EQ(clock().difference_ns, before.difference_ns);
}

TEST_F(Stamps, AfterTheCardsClockWasSetBackOneIsNotUsedAndTheNextIs) {
  (void)translate(second, card_epoch);
  EXPECT_EQ(translate(second + 1000, card_epoch + 1000 - BUDDYRING_CARD_WAIT_MAX_NS),
            second + 1000 - BUDDYRING_CARD_WAIT_MAX_NS)
      << "it may have waited for so long";
  EXPECT_EQ(translate(second + 2000, card_epoch - 40 * second), 0U);
  EXPECT_EQ(clock().steps, 1U);
  EXPECT_EQ(translate(second + 5000, card_epoch - 40 * second + 2900), second + 4900);
  EXPECT_EQ(clock().steps, 1U);
}

TEST_F(Stamps, AfterTheCardsClockWasSetAheadTheyAreUsedAtOnce) {
  (void)translate(second, card_epoch);
  EXPECT_EQ(translate(second + 1000, card_epoch + 37 * second), second + 1000);
  EXPECT_EQ(translate(second + 2000, card_epoch + 37 * second + 900), second + 1900);
  EXPECT_EQ(clock().steps, 0U);
}

TEST_F(Stamps, AbsurdOnesAreNeverTurnedIntoTheFuture) {
  std::mt19937_64 draw(1);  // NOLINT(cert-msc32-c, cert-msc51-cpp): the same each time
  uint64_t now = second;
  for (int i = 0; i < 1000; ++i) {
    now += draw() % second;
    const uint64_t card = i % 3 == 0 ? draw() : i % 3 == 1 ? UINT64_MAX - draw() % second : draw() % second;
    const uint64_t translated = translate(now, card);
    EXPECT_LE(translated, now);
    EXPECT_TRUE(translated == 0 || translated >= now - BUDDYRING_CARD_WAIT_MAX_NS);
  }
}

// A card whose clock is 100 ppm slow or fast, an answer every 10 ms for 20 s, each of
// which waits for up to 50 us: none is said to have come before it did, and one that
// waited is known better than by the time at which it was seen.
TEST_F(Stamps, DriftMakesNoneComeBeforeItDid) {
  for (const int64_t drift_ppm : {-100, 100}) {
    std::mt19937_64 draw(7);  // NOLINT(cert-msc32-c, cert-msc51-cpp): the same each time
    uint64_t seen_later = 0;
    uint64_t said_later = 0;
    write("card_clock", buddyring_card_clock{});
    for (uint64_t came = second; came < 21 * second; came += 10 * millisecond) {
      const uint64_t waited = draw() % 50'000;
      const auto card = card_epoch + came + static_cast<uint64_t>(static_cast<int64_t>(came) / 1'000'000 * drift_ppm);
      const uint64_t translated = translate(came + waited, card);
      ASSERT_GE(translated + 1, came) << drift_ppm;  // of which a ns is rounding
      ASSERT_LE(translated, came + waited) << drift_ppm;
      seen_later += waited;
      said_later += translated + 1 - came;
    }
    EXPECT_LT(said_later, seen_later) << drift_ppm;
    EXPECT_EQ(clock().steps, 0U);
  }
}

TEST_F(Stamps, ArrivalIsTheCardsAndSaysSo) {
  arrive(1, {.ahead_ns = card_epoch, .waited_ns = 0});
  EXPECT_EQ(live().count, 1U);
  EXPECT_EQ(live().stamped_by, unsigned{BUDDYRING_STAMP_HARDWARE});
  EXPECT_EQ(state().hardware_stamps, 1U);
  EXPECT_EQ(state().rtt_count, 1U);
  EXPECT_EQ(state().flight[1].arrived_ns, live().arrived_ns);
  EXPECT_GE(live().arrived_ns, live().departed_ns);
}

TEST_F(Stamps, ArrivalThatTheCardDoesNotStampIsTheKernels) {
  arrive(1, {.ahead_ns = card_epoch, .waited_ns = 0});
  arrive(2, {});
  EXPECT_EQ(live().count, 2U);
  EXPECT_EQ(live().stamped_by, unsigned{BUDDYRING_STAMP_KERNEL});
  EXPECT_EQ(state().hardware_stamps, 1U);
  EXPECT_EQ(clock().missing, 1U);
}

// As after a clock was set back by a little: an answer does not come before its probe left.
TEST_F(Stamps, ArrivalBeforeTheDepartureIsTheKernels) {
  arrive(1, {.ahead_ns = card_epoch, .waited_ns = 0});
  arrive(2, {.ahead_ns = card_epoch, .waited_ns = BUDDYRING_CARD_WAIT_MAX_NS - millisecond});
  EXPECT_EQ(live().count, 2U);
  EXPECT_EQ(live().stamped_by, unsigned{BUDDYRING_STAMP_KERNEL});
  EXPECT_GE(live().arrived_ns, live().departed_ns);
  EXPECT_EQ(state().hardware_stamps, 1U);
}

TEST_F(Stamps, PlainProgramAsksNoCard) {
  depart(1);
  (void)run_judge(incoming(live_answer(1)).frame());
  EXPECT_EQ(live().stamped_by, unsigned{BUDDYRING_STAMP_KERNEL});
  EXPECT_EQ(state().hardware_stamps, 0U);
  EXPECT_EQ(clock().missing, 0U);
}

}  // namespace
}  // namespace buddyring
