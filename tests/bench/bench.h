// SPDX-License-Identifier: Apache-2.0
// What the measurements of this folder share. They measure, say whether the
// targets are met, and exit with 1 when one is missed.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/time.h"
#include "tests/lab/lab.h"
#include "tests/lab/median.h"
#include "tests/lab/pool.h"
#include "tests/lab/whole_ring.h"

namespace buddyring::bench {

using lab::median;
using lab::server_name;

// These are true when the targets were met. `make bench-detect`: how long from a cut link to the verdict, and to the
// table.
[[nodiscard]] bool detect();
// `make bench-heal`: how long until adjacent deaths are out of the table, against one.
[[nodiscard]] bool heal();
// `make bench-stale`: how long until a server whose agent is stopped, or whose service is killed, is out of the table.
[[nodiscard]] bool stale();
// `make bench-seal`: what an answer costs the kernel with a seal and without. No target.
[[nodiscard]] bool seal();
// `make bench-notify`: whether a command of --notify that never ends delays verdicts.
[[nodiscard]] bool notify();
// `make bench-profiles`: what each profile of detection costs, and how often it is wrong under load. No target.
[[nodiscard]] bool profiles();

[[nodiscard]] double milliseconds_since(const lab::Event& event, Instant since);
// "min ... median ... max ... ms".
[[nodiscard]] std::string spread(const std::vector<double>& values);

}  // namespace buddyring::bench
