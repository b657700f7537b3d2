// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/options.h"

#include <charconv>
#include <cstdio>
#include <functional>
#include <map>

#include "core/duration.h"

namespace buddyring::sim {
namespace {

constexpr const char* usage = R"(usage: sim [run | healing | scale] [--KNOB=VALUE ...]

  run      seeds of drawn faults; 0 when no check fails (the default)
  healing  how long k = 1 to 8 adjacent deaths take to heal
  scale    1,000 to 100,000 servers in this process

  --seed=N        the first seed                       --seeds=N      how many
  --hours=X       virtual hours a seed                 --jobs=N       processes
  --servers=N     instead of a drawn number            --interval=T   likewise, as 20ms
  --misses=N      likewise                             --intensity=X  more or fewer faults, 1 as usual
  --only=A,B      these faults alone                   --without=A,B  all but these
  --trace=yes     tell the first seed line by line     --twice=no     without the check of the trace hash
  --first=yes     no more seeds after one that fails

Faults: )";

template <class T>
bool parse(const std::string& text, T& number) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && at == end;
}

bool parse_yes(const std::string& text, bool& flag) {
  flag = text == "yes";
  return flag || text == "no";
}

bool parse_span(const std::string& text, Duration& span) {
  const auto parsed = parse_duration(text);
  span = parsed ? parsed.value() : span;
  return parsed.ok();
}

// Sets the named faults to `chosen`.
bool choose(std::string text, bool chosen, FaultChoice& faults) {
  while (!text.empty()) {
    const std::string name = text.substr(0, text.find(','));
    text.erase(0, name.size() + 1);
    size_t kind = 0;
    while (kind < fault_kinds && name != name_of(static_cast<FaultKind>(kind))) {
      ++kind;
    }
    if (kind == fault_kinds) {
      return false;
    }
    faults[kind] = chosen;
  }
  return true;
}

void tell_usage() {
  std::fputs(usage, stdout);
  for (size_t kind = 0; kind < fault_kinds; ++kind) {
    std::printf("%s%s", kind == 0 ? "" : ", ", name_of(static_cast<FaultKind>(kind)));
  }
  std::puts("");
}

using Setters = std::map<std::string, std::function<bool(const std::string&)>>;

Setters setters_of(Options& options) {
  RunOptions& run = options.run;
  return {
      {"seed", [&](const auto& text) { return parse(text, options.first_seed); }},
      {"seeds", [&](const auto& text) { return parse(text, options.seeds); }},
      {"jobs", [&](const auto& text) { return parse(text, options.jobs) && options.jobs > 0; }},
      {"trace", [&](const auto& text) { return parse_yes(text, options.trace); }},
      {"first", [&](const auto& text) { return parse_yes(text, options.first); }},
      {"twice", [&](const auto& text) { return parse_yes(text, options.twice); }},
      {"servers", [&](const auto& text) { return parse(text, run.wishes.servers); }},
      {"misses", [&](const auto& text) { return parse(text, run.wishes.misses); }},
      {"interval", [&](const auto& text) { return parse_span(text, run.wishes.interval); }},
      {"intensity", [&](const auto& text) { return parse(text, run.intensity); }},
      {"hours",
       [&](const auto& text) {
         double hours = 0;
         const bool good = parse(text, hours);
         run.length = static_cast<Nanos>(hours * 3600.0 * static_cast<double>(second));
         return good;
       }},
      {"only",
       [&](const auto& text) {
         run.faults.fill(false);
         return choose(text, true, run.faults);
       }},
      {"without", [&](const auto& text) { return choose(text, false, run.faults); }},
  };
}

}  // namespace

std::optional<Options> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  options.run.length = 360 * second;
  options.run.faults.fill(true);
  const Setters setters = setters_of(options);
  const std::map<std::string, Mode> modes{{"run", Mode::run}, {"healing", Mode::healing}, {"scale", Mode::scale}};
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    const std::string knob = argument.starts_with("--") ? argument.substr(2, equals - 2) : "";
    if (const auto mode = modes.find(argument); mode != modes.end()) {
      options.mode = mode->second;
    } else if (knob == "help") {
      tell_usage();
      return std::nullopt;
    } else if (equals == std::string::npos || !setters.contains(knob) ||
               !setters.at(knob)(argument.substr(equals + 1))) {
      std::fprintf(stderr, "sim: '%s' is no knob, or not one of its values; see: sim --help\n", argument.c_str());
      return std::nullopt;
    } else if (knob != "seed" && knob != "seeds" && knob != "jobs" && knob != "trace" && knob != "twice" &&
               knob != "first") {
      options.repeated += " " + argument;
    }
  }
  return options;
}

}  // namespace buddyring::sim
