// SPDX-License-Identifier: Apache-2.0
// Row: a comparison that can be run by name. Each function sets its own stage in the lab and
// takes it down again.
#pragma once

#include <chrono>
#include <span>
#include <string_view>
#include <vector>

#include "tests/compare/result.h"
#include "tests/lab/lab.h"

namespace buddyring::compare {

struct Settings {
  std::chrono::seconds soak{600};  // for how long false deaths are looked for
};

struct Row {
  std::string_view name;
  // May throw: then the row did not run, for the reason that the exception gives.
  std::vector<Result> (*measure)(lab::Lab& lab, const Settings& settings);
};

// All, in the order in which they are run.
[[nodiscard]] std::span<const Row> all_rows();

std::vector<Result> answer(lab::Lab& lab, const Settings& settings);
std::vector<Result> flood(lab::Lab& lab, const Settings& settings);
std::vector<Result> system_calls(lab::Lab& lab, const Settings& settings);
std::vector<Result> probe_cost(lab::Lab& lab, const Settings& settings);
std::vector<Result> footprint(lab::Lab& lab, const Settings& settings);
std::vector<Result> death_fast(lab::Lab& lab, const Settings& settings);
std::vector<Result> death_fastest(lab::Lab& lab, const Settings& settings);
std::vector<Result> death_busy(lab::Lab& lab, const Settings& settings);
std::vector<Result> death_default(lab::Lab& lab, const Settings& settings);
std::vector<Result> starved(lab::Lab& lab, const Settings& settings);
std::vector<Result> load(lab::Lab& lab, const Settings& settings);
std::vector<Result> scale(lab::Lab& lab, const Settings& settings);
std::vector<Result> router(lab::Lab& lab, const Settings& settings);

}  // namespace buddyring::compare
