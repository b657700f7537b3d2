// SPDX-License-Identifier: Apache-2.0
#include "core/rtt_report.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

namespace buddyring {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr int typical_fade = 8;

unsigned class_of(Duration rtt) {
  const auto whole = static_cast<uint64_t>(std::chrono::duration_cast<microseconds>(rtt).count());
  return std::clamp(static_cast<unsigned>(std::bit_width(whole)), 1U, limits::rtt_class_max);
}

// With a quarter to spare, so that what lies on a border does not go to and fro.
bool fits(Duration rtt, unsigned rtt_class) {
  const Duration upper = microseconds{int64_t{1} << rtt_class};
  return rtt_class != 0 && rtt < upper + upper / 4 && (rtt_class == 1 || rtt >= upper / 2 - upper / 8);
}

}  // namespace

RttReport::RttReport(Identity self)
    : while_(limits::rtt_report_hold +
             milliseconds{self % static_cast<uint64_t>(milliseconds{limits::rtt_report_spread}.count())}) {}

void RttReport::sample(Instant now, const std::array<Sample, 2>& samples) {
  sample_due_ = now + limits::rtt_sample_pause;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (sides_[i].buddy != samples[i].buddy) {
      sides_[i] = {.buddy = std::string(samples[i].buddy), .since = now};
    }
    if (samples[i].rtt > Duration{}) {
      follow(now, sides_[i], samples[i].rtt);
    }
  }
  due_ = next_due();
}

void RttReport::follow(Instant now, Side& side, Duration rtt) {
  const Duration before = side.typical == Duration{} ? rtt : side.typical;
  side.typical = before + (std::clamp(rtt, before / 2, before * 2) - before) / typical_fade;
  if (!fits(side.typical, side.rtt_class)) {
    side.rtt_class = class_of(side.typical);
    side.since = now;
  }
}

Instant RttReport::next_due() const {
  bool news = false;
  bool new_buddy = false;
  Instant held{};
  for (size_t i = 0; i < sides_.size(); ++i) {
    const Side& side = sides_[i];
    held = std::max(held, side.since);
    const bool told = told_ && (*told_)[i].buddy == side.buddy;
    new_buddy = new_buddy || (side.rtt_class != 0 && !told);
    news = news || (side.rtt_class != 0 && !(told && (*told_)[i].rtt_class == side.rtt_class));
  }
  if (!news) {
    return Instant::max();
  }
  const Instant due = std::max(held + while_, not_before_);
  return new_buddy ? due : std::max(due, told_at_ + limits::rtt_report_pause);
}

std::array<RttSummary, 2> RttReport::summary() const {
  return {{{sides_[0].buddy, sides_[0].rtt_class}, {sides_[1].buddy, sides_[1].rtt_class}}};
}

// Until the next sample says when.
void RttReport::put_off(Instant until) {
  not_before_ = std::max(not_before_, until);
  due_ = Instant::max();
}

void RttReport::on_announced(Instant now) {
  told_.reset();
  put_off(now + while_);
}

void RttReport::on_reply(Instant now, const std::array<RttSummary, 2>& told, bool taken) {
  if (taken) {
    told_ = told;
    told_at_ = now;
    refused_ = false;
  }
  put_off(now + while_);
}

void RttReport::on_error(Instant now) { put_off(now + while_); }

bool RttReport::on_refused(Instant now) {
  put_off(now + limits::rtt_report_pause);
  return !std::exchange(refused_, true);
}

}  // namespace buddyring
