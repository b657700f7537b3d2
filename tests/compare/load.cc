// SPDX-License-Identifier: Apache-2.0
// Round trips, and probes that are sent on schedule, with idle cores and with two hogs on each.
//
// Theory of operation. A window is taken while the program runs that is measured, and the hogs
// beside it. The thread that takes it goes before the hogs, as do two of the three agents: one
// at SCHED_DEADLINE, one that chrt starts (or systemd, with CPUSchedulingPolicy=fifo). A probe every 10 ms is due; ping
// and fping round their waits up to a tick of the kernel's timer, so that of theirs fewer
// than all are sent on an idle machine, too.
#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

#include "posix/clock.h"
#include "tests/compare/hogs.h"
#include "tests/compare/ring_deaths.h"
#include "tests/compare/row.h"
#include "tests/compare/rtt_sampler.h"
#include "tests/compare/window.h"
#include "tests/lab/usage.h"

namespace buddyring::compare {
namespace {

using namespace std::chrono_literals;

constexpr unsigned interval_ms = 10;
constexpr auto window = 3s;
constexpr auto settle_in = 300ms;
constexpr const char* agent_priority = "60";  // before the hogs
constexpr auto exit_patience = 20s;
constexpr double loaded_p99_target = 1.2;
constexpr double on_schedule_target = 99;  // percent

// What one window gave.
struct Sample {
  std::vector<double> rtt_us;
  double on_schedule = 0;  // percent of the probes that were due
};

double percent_sent(double probes, unsigned targets, double seconds) {
  return 100 * probes / (seconds * 1e3 / interval_ms * targets);
}

// The milliseconds of "time=0.045 ms" (ping) and of "64 bytes, 0.078 ms" (fping), as microseconds.
std::vector<double> printed_rtts(lab::Process& process, Instant since) {
  std::vector<double> found;
  for (const lab::Line& line : process.lines([](const std::string&) { return true; }, since)) {
    for (const std::string mark : {"time=", "bytes, "}) {
      const size_t at = line.text.find(mark);
      if (at != std::string::npos && line.text.find(" ms", at) != std::string::npos) {
        found.push_back(std::stod(line.text.substr(at + mark.size())) * 1e3);
        break;
      }
    }
  }
  return found;
}

class Stage {
 public:
  explicit Stage(lab::Lab& lab)
      : lab_(lab),
        deadline_(lab, 3, {.interval = std::to_string(interval_ms) + "ms", .options = {"--realtime=deadline"}}),
        normal_(lab, 3, {.interval = std::to_string(interval_ms) + "ms"}),
        real_time_(lab, 3, {.interval = std::to_string(interval_ms) + "ms", .through = {"chrt", "-f", agent_priority}}),
        deadline_sampler_(deadline_.pool()[lab::server_name(1)]),
        normal_sampler_(normal_.pool()[lab::server_name(1)]),
        real_time_sampler_(real_time_.pool()[lab::server_name(1)]),
        from_(lab.new_host("from")),
        to_(lab.new_host("to")) {}

  Sample ours_at_deadline(Load load) { return run(deadline_sampler_, load); }
  Sample ours(Load load) { return run(normal_sampler_, load); }
  Sample ours_at_real_time(Load load) { return run(real_time_sampler_, load); }
  Sample ping(Load load) { return run({"ping", "-i", "0.01", to_->address()}, load); }
  Sample fping(Load load) { return run({"fping", "-l", "-p", std::to_string(interval_ms), to_->address()}, load); }

 private:
  Sample run(RttSampler& sampler, Load load) {
    const BeforeHogs before;
    const Hogs hogs(lab_.client().inside(), load);
    let_pass(settle_in);
    RttSampler::Sample sample = sampler.sample(window);
    return {.rtt_us = std::move(sample.rtt_us), .on_schedule = percent_sent(sample.probes, 2, sample.seconds)};
  }

  Sample run(const std::vector<std::string>& argv, Load load) {
    lab::Process process(from_->inside(), {.argv = argv});
    let_pass(settle_in);
    Sample sample;
    Instant begin{};
    {
      const BeforeHogs before;
      const Hogs hogs(lab_.client().inside(), load);
      let_pass(settle_in);
      begin = monotonic_now();
      const double sent_before = lab::traffic_of(process.pid()).packets_out;
      const double seconds = let_pass(window);
      sample.on_schedule = percent_sent(lab::traffic_of(process.pid()).packets_out - sent_before, 1, seconds);
    }
    process.signal(SIGINT);
    if (!process.wait_exit(exit_patience)) {
      throw std::runtime_error(argv.front() + " did not end");
    }
    process.end();
    sample.rtt_us = printed_rtts(process, begin);
    return sample;
  }

  lab::Lab& lab_;
  RingDeaths deadline_;
  RingDeaths normal_;
  RingDeaths real_time_;
  RttSampler deadline_sampler_;
  RttSampler normal_sampler_;
  RttSampler real_time_sampler_;
  std::unique_ptr<lab::Host> from_;
  std::unique_ptr<lab::Host> to_;
};

struct Measured {
  std::vector<Series> rtt;
  std::vector<Series> on_schedule;
};

// In the order of the table.
enum Side : size_t { at_deadline, at_fifo, at_normal, of_ping, of_fping };
constexpr std::array names{"buddyd at SCHED_DEADLINE", "buddyd at SCHED_FIFO", "buddyd", "ping", "fping"};

Measured measure(Stage& stage, Load load) {
  Measured measured;
  for (const char* who : names) {
    measured.on_schedule.push_back({.who = who});
  }
  const auto keep = [&](Side side, Sample sample) {
    measured.on_schedule[side].values.push_back(sample.on_schedule);
    return std::move(sample.rtt_us);
  };
  measured.rtt = interleave({{names[at_deadline], [&] { return keep(at_deadline, stage.ours_at_deadline(load)); }},
                             {names[at_fifo], [&] { return keep(at_fifo, stage.ours_at_real_time(load)); }},
                             {names[at_normal], [&] { return keep(at_normal, stage.ours(load)); }},
                             {names[of_ping], [&] { return keep(of_ping, stage.ping(load)); }},
                             {names[of_fping], [&] { return keep(of_fping, stage.fping(load)); }}});
  for (const Side side : {at_fifo, at_normal}) {
    measured.on_schedule[side].is_peer = false;
    measured.rtt[side].is_peer = false;
  }
  return measured;
}

Result rtt_result(const char* name, const char* title, const std::vector<Series>& series) {
  return {.name = name, .title = title, .unit = "us", .series = series};
}

// Agents are held against themselves on idle cores; the one at SCHED_DEADLINE counts.
void judge(Result& result, const std::vector<Series>& idle) {
  result.target = "p99 at most 1.2 times that of idle cores";
  const auto times = [&](Side side) {
    return result.series[side].values.empty() ? 0 : result.series[side].p99() / idle[side].p99();
  };
  result.verdict = verdict_of(times(at_deadline) != 0 && times(at_deadline) <= loaded_p99_target);
  result.note = "ours: " + number_text(times(at_deadline)) + " times, at SCHED_FIFO " + number_text(times(at_fifo)) +
                ", at normal priority " + number_text(times(at_normal));
}

}  // namespace

std::vector<Result> load(lab::Lab& lab, const Settings& /*settings*/) {
  Stage stage(lab);
  const Measured idle = measure(stage, Load::idle);
  const Measured normal = measure(stage, Load::normal);
  const Measured real_time = measure(stage, Load::real_time);
  Result rtt_idle = rtt_result("rtt-idle", "round trip, idle", idle.rtt);
  rtt_idle.note = "ours and ping's from stamps of the kernel; fping's from its own clock";
  Result rtt_normal = rtt_result("rtt-hogs", "round trip, two hogs a core", normal.rtt);
  Result rtt_real_time = rtt_result("rtt-real-time-hogs", "round trip, two SCHED_FIFO hogs a core", real_time.rtt);
  judge(rtt_normal, idle.rtt);
  judge(rtt_real_time, idle.rtt);
  Result on_schedule{.name = "on-schedule",
                     .title = "probes sent on schedule, two SCHED_FIFO hogs a core",
                     .unit = "% of those due",
                     .series = real_time.on_schedule,
                     .more_is_better = true,
                     .target = "99 % at least",
                     .note = "on idle cores: " + number_text(idle.on_schedule[at_deadline].median()) + " %, ping " +
                             number_text(idle.on_schedule[of_ping].median()) + " %, fping " +
                             number_text(idle.on_schedule[of_fping].median()) + " %"};
  on_schedule.verdict = verdict_of(on_schedule.series[at_deadline].median() >= on_schedule_target);
  return {std::move(rtt_idle), std::move(rtt_normal), std::move(rtt_real_time), std::move(on_schedule)};
}

}  // namespace buddyring::compare
