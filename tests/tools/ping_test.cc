// SPDX-License-Identifier: Apache-2.0
// The parts of `buddyctl ping` that need no socket: its schedule, its ledger,
// its stamps and its packet.
#include <gtest/gtest.h>

#include "core/limits.h"
#include "ctl/ping_ledger.h"
#include "ctl/ping_packet.h"
#include "ctl/ping_schedule.h"
#include "ctl/rtt.h"

namespace buddyring {
namespace {

using namespace std::chrono_literals;

constexpr Instant start = instant_from_ns(1'000'000'000);
constexpr uint64_t wall_ns = 1'800'000'000'000'000'000;  // CLOCK_REALTIME at `start`

// As taken `after` the start by this process, and a microsecond nearer to the wire by the kernel.
PacketStamps left(Duration after) {
  const uint64_t ns = wall_ns + to_ns(after);
  return {.at = start + after, .process_ns = ns, .queue_ns = ns + 500, .kernel_ns = ns + 1000};
}
PacketStamps came(Duration after) {
  const uint64_t ns = wall_ns + to_ns(after);
  return {.at = start + after, .process_ns = ns, .kernel_ns = ns - 1000};
}

TEST(PingSchedule, ARoundVisitsEachHostAndBeginsAnIntervalAfterTheLast) {
  PingSchedule schedule(2, 2, 100ms, start);
  EXPECT_EQ(schedule.next(), start);
  EXPECT_EQ(schedule.take(start), 0U);
  EXPECT_FALSE(schedule.take(start)) << "the second host is due a gap later";
  EXPECT_EQ(schedule.next(), start + limits::ping_gap);
  EXPECT_EQ(schedule.take(start + limits::ping_gap), 1U);
  EXPECT_EQ(schedule.next(), start + 100ms);
  EXPECT_EQ(schedule.take(start + 100ms), 2U);
  EXPECT_EQ(schedule.take(start + 200ms), 3U);
  EXPECT_FALSE(schedule.next());
  EXPECT_FALSE(schedule.take(start + 10s));
}

TEST(PingSchedule, ManyHostsShareTheInterval) {
  PingSchedule schedule(1000, 2, 10ms, start);
  EXPECT_EQ(schedule.take(start), 0U);
  EXPECT_EQ(schedule.next(), start + 10us);
}

TEST(PingSchedule, WhoeverWasKeptForLongDoesNotCatchUp) {
  PingSchedule schedule(1, 3, 100ms, start);
  EXPECT_EQ(schedule.take(start), 0U);
  EXPECT_EQ(schedule.take(start + 5s), 1U);
  EXPECT_EQ(schedule.next(), start + 5s + 100ms);
}

TEST(PingSchedule, ALittleLatenessDoesNotAddUp) {
  PingSchedule schedule(1, 3, 100ms, start);
  EXPECT_EQ(schedule.take(start + 30ms), 0U);
  EXPECT_EQ(schedule.next(), start + 100ms);
}

TEST(RoundTrip, IsTheKernelsWhereItHasBothEnds) {
  const RoundTrip trip = round_trip(left(0ms), came(1ms));
  EXPECT_EQ(trip.ns, 1'000'000U - 2000);
  EXPECT_EQ(trip.departure, StampSource::kernel);
  EXPECT_EQ(trip.arrival, StampSource::kernel);
  EXPECT_FALSE(trip.clock_stepped);
}

TEST(RoundTrip, TakesTheNextBestStampOfEachEnd) {
  PacketStamps departure = left(0ms);
  departure.kernel_ns = 0;
  EXPECT_EQ(round_trip(departure, came(1ms)).departure, StampSource::queue);
  departure.queue_ns = 0;
  PacketStamps arrival = came(1ms);
  arrival.kernel_ns = 0;
  const RoundTrip trip = round_trip(departure, arrival);
  EXPECT_EQ(trip.ns, 1'000'000U);
  EXPECT_EQ(trip.departure, StampSource::process);
  EXPECT_EQ(trip.arrival, StampSource::process);
  EXPECT_FALSE(trip.clock_stepped);
}

TEST(RoundTrip, TheCardsStampsCountOnlyTogether) {
  PacketStamps departure = left(0ms);
  PacketStamps arrival = came(1ms);
  arrival.hardware_ns = 5'000'700;
  EXPECT_EQ(round_trip(departure, arrival).arrival, StampSource::kernel);
  departure.hardware_ns = 5'000'000;
  const RoundTrip trip = round_trip(departure, arrival);
  EXPECT_EQ(trip.ns, 700U);
  EXPECT_EQ(trip.departure, StampSource::hardware);
}

TEST(RoundTrip, AStepOfTheClockDoesNotReachTheResult) {
  for (const int64_t step_ns : {-3'600'000'000'000, 3'600'000'000'000}) {
    PacketStamps arrival = came(1ms);
    arrival.kernel_ns += static_cast<uint64_t>(step_ns);
    arrival.process_ns += static_cast<uint64_t>(step_ns);
    const RoundTrip trip = round_trip(left(0ms), arrival);
    EXPECT_EQ(trip.ns, 1'000'000U);
    EXPECT_EQ(trip.arrival, StampSource::process);
    EXPECT_TRUE(trip.clock_stepped);
  }
}

TEST(PingLedger, AnAnswerCountsOnce) {
  PingLedger ledger(2, 2, 1s, false);
  ledger.depart(0, left(0ms));
  ledger.depart(1, left(10ms));
  EXPECT_EQ(ledger.take_reply(1, came(11ms)), 1U);
  EXPECT_FALSE(ledger.take_reply(1, came(12ms)));
  EXPECT_EQ(ledger.counts(1).received, 1U);
  EXPECT_EQ(ledger.counts(1).duplicates, 1U);
  EXPECT_EQ(ledger.counts(0).received, 0U);
  EXPECT_EQ(ledger.counts(0).loss_percent(), 100.0);
  EXPECT_EQ(ledger.next_expiry(), start + 1s) << "of the first, which still waits";
  EXPECT_FALSE(ledger.knows(2));
}

TEST(PingLedger, WhatComesAfterTheTimeoutIsLate) {
  PingLedger ledger(1, 2, 100ms, false);
  ledger.depart(0, left(0ms));
  EXPECT_FALSE(ledger.expire(start + 99ms));
  EXPECT_EQ(ledger.expire(start + 100ms), 0U);
  EXPECT_FALSE(ledger.next_expiry());
  EXPECT_FALSE(ledger.take_reply(0, came(101ms)));
  EXPECT_EQ(ledger.counts(0).late, 1U);
  // Read before its time was up, but by its stamps too late.
  ledger.depart(1, left(200ms));
  EXPECT_EQ(ledger.take_reply(1, came(320ms)), 1U);
  EXPECT_EQ(ledger.counts(0).late, 2U);
  EXPECT_EQ(ledger.counts(0).received, 0U);
  EXPECT_FALSE(ledger.figures(0));
}

TEST(PingLedger, AnAnswerIsHeldBackForTheCardsStampOfItsDeparture) {
  PingLedger ledger(1, 2, 100ms, true);
  PacketStamps arrival = came(1ms);
  arrival.hardware_ns = 7'000'900;
  ledger.depart(0, left(0ms));
  EXPECT_FALSE(ledger.take_reply(0, arrival));
  EXPECT_EQ(ledger.counts(0).received, 0U);
  EXPECT_EQ(ledger.add_departure(0, {.hardware_ns = 7'000'000}), 0U);
  EXPECT_EQ(ledger.request(0).trip.ns, 900U);
  // It never comes: the timeout settles it with what there is.
  ledger.depart(1, left(10ms));
  arrival = came(11ms);
  arrival.hardware_ns = 9'000'000;
  EXPECT_FALSE(ledger.take_reply(1, arrival));
  EXPECT_EQ(ledger.expire(start + 110ms), 1U);
  EXPECT_EQ(ledger.request(1).state, PingRequest::State::answered);
  EXPECT_EQ(ledger.request(1).trip.arrival, StampSource::kernel);
}

TEST(PingLedger, QuantilesAreValuesThatCame) {
  PingLedger ledger(1, 100, 1s, false);
  for (uint64_t number = 0; number < 100; ++number) {
    ledger.depart(number, left(number * 10ms));
    // 1 us to 100 us between the kernel's two stamps, the longest first.
    EXPECT_TRUE(ledger.take_reply(number, came(number * 10ms + (102 - number) * 1us)));
  }
  const RttFigures figures = ledger.figures(0).value();
  EXPECT_EQ(figures.min_ns, 1000U);
  EXPECT_EQ(figures.max_ns, 100'000U);
  EXPECT_EQ(figures.mean_ns, 50'500U);
  EXPECT_EQ(figures.p50_ns, 50'000U);
  EXPECT_EQ(figures.p99_ns, 99'000U);
  const buddyring_rtt_histogram histogram = ledger.histogram(0);
  EXPECT_EQ(histogram.bucket[16], 100U - 65U) << "66 us to 100 us lie from 2^16 ns on";
}

TEST(RttBucket, IsThePowerOfTwoBelow) {
  EXPECT_EQ(rtt_bucket(0), 0U);
  EXPECT_EQ(rtt_bucket(1), 0U);
  EXPECT_EQ(rtt_bucket(1023), 9U);
  EXPECT_EQ(rtt_bucket(1024), 10U);
  EXPECT_EQ(rtt_bucket(UINT64_MAX), BUDDYRING_RTT_BUCKETS - 1U);
}

class PingPacketTest : public testing::Test {
 protected:
  // What an honest host makes of it.
  std::vector<uint8_t> reply(uint64_t number) {
    const auto request = packet.request(number);
    std::vector<uint8_t> bytes(request.begin(), request.end());
    bytes[0] = 0;
    return bytes;
  }

  PingPacket packet{false, 0x1234, {1, 2, 3, 4, 5, 6, 7, 8}, 57};
};

TEST_F(PingPacketTest, ItsChecksumIsRight) {
  for (const uint64_t number : {uint64_t{0}, uint64_t{0xffff}, uint64_t{1} << 40}) {
    const auto request = packet.request(number);
    uint64_t sum = 0;
    for (size_t i = 0; i < request.size(); ++i) {
      sum += static_cast<uint64_t>(request[i]) << (i % 2 == 0 ? 8 : 0);
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    EXPECT_EQ(sum, 0xffffU) << number;
  }
}

TEST_F(PingPacketTest, ItsNumberIsFoundBehindAnyHeaders) {
  const uint64_t number = 0x1'0000'0003;  // the sequence has its last 16 bits only
  const auto request = packet.request(number);
  for (const size_t headers : {0U, 14U, 34U, 60U}) {
    std::vector<uint8_t> copy(headers, 0x45);
    copy.insert(copy.end(), request.begin(), request.end());
    EXPECT_EQ(packet.find_number(copy), number) << headers;
  }
}

TEST_F(PingPacketTest, AnothersHasNoNumber) {
  PingPacket other(false, 0x1234, {8, 7, 6, 5, 4, 3, 2, 1}, 57);
  EXPECT_FALSE(packet.find_number(other.request(3)));
  EXPECT_FALSE(packet.find_number({}));
  // Quoted by a router that cuts it behind the nonce.
  EXPECT_FALSE(packet.find_number(packet.request(3).first(PingPacket::header_bytes + 12)));
}

TEST_F(PingPacketTest, AReplyIsWholeOrDamaged) {
  EXPECT_TRUE(packet.is_whole_reply(reply(7), 7));
  EXPECT_FALSE(packet.is_whole_reply(reply(7), 8));
  std::vector<uint8_t> cut = reply(7);
  cut.pop_back();
  EXPECT_FALSE(packet.is_whole_reply(cut, 7));
  std::vector<uint8_t> damaged = reply(7);
  damaged.back() ^= 1;
  EXPECT_FALSE(packet.is_whole_reply(damaged, 7));
}

}  // namespace
}  // namespace buddyring
