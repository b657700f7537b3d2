// SPDX-License-Identifier: Apache-2.0
// HealthCheck: looks again and again whether a service is well, and says whether it
// is there.
//
// Theory of operation. One check each interval, never two at a time: while one
// runs no other begins. One that takes longer than the timeout is a failure and is given up;
// as long as it does not end even so, each further timeout is another. What counts is the HealthCount's
// to say.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "agent/exec_check.h"
#include "agent/tcp_check.h"
#include "core/health_count.h"
#include "core/time.h"

namespace buddyring {

struct HealthSettings {
  HealthLimits limits;
  Duration interval{};
  Duration timeout{};
};

class HealthCheck {
 public:
  using Method = std::variant<TcpCheck, ExecCheck>;
  HealthCheck(Method method, const HealthSettings& settings)
      : method_(std::move(method)), settings_(settings), count_(settings.limits, false) {}

  // The first check is due at once. `there`: somebody before us knew it to be. This object
  // stays where it is from now on.
  void begin(Instant now, bool there);
  // By these from now on; the check that runs goes on by the old ones.
  void adjust(Instant now, const HealthSettings& settings);
  [[nodiscard]] bool there() const { return count_.there(); }
  // A check runs: until it has completed, this object has to stay.
  [[nodiscard]] bool running() const { return deadline_.has_value(); }
  // It is to complete soon, and does not count. REQUIRES that one runs.
  void give_up(Loop& loop, Loop::Token token);
  // Of the last failure.
  [[nodiscard]] const std::string& why() const { return why_; }

  // These are true when the service came or went by it. `token`: of its operations in the loop.
  [[nodiscard]] bool on_completion(int result);
  [[nodiscard]] bool handle_timeout(Loop& loop, Instant now, Loop::Token token);
  [[nodiscard]] Instant next_deadline() const;

 private:
  [[nodiscard]] bool fail(std::string why);

  Method method_;
  HealthSettings settings_;
  HealthCount count_;
  Instant due_{};                    // the next check
  std::optional<Instant> deadline_;  // of the one that runs; then of its end
  bool given_up_ = false;            // it was a failure; its end is still to come
  std::string why_;
};

}  // namespace buddyring
