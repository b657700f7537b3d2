// SPDX-License-Identifier: Apache-2.0
// What an operator has the agent on this host do: reload, upgrade.
//
// Theory of operation. An agent is found by its pinned maps, is told by a signal, and what came of
// it stands in its report again. Only an agent that has written there of late is told anything: the
// process number of one that has ended may be another's by now. Its lease says less: an
// agent lets go of that itself while a service is gone.
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>

#include "core/limits.h"
#include "ctl/agent_facts.h"
#include "ctl/agent_lookup.h"
#include "ctl/command.h"
#include "ctl/progress.h"
#include "posix/clock.h"
#include "posix/fd.h"

namespace buddyring {
namespace {

// Besides two intervals.
constexpr Duration silence_max = std::chrono::seconds{5};

std::string name_of(const AgentFacts& facts) { return "server " + facts.server + " of pool " + facts.pool; }

// Throws Failure when nobody is there to be told, or may not be.
void tell(const PinnedMaps& maps, int signal) {
  const AgentFacts facts = agent_facts(maps, monotonic_now());
  const auto pid = static_cast<pid_t>(maps.report.pid);
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const bool silent = facts.tick_age > silence_max + 2 * Duration{maps.report.interval_ns};
  if (silent || !process.valid()) {
    throw Failure(ExitStatus::not_found,
                  "the agent of " + name_of(facts) + " does not run, or hangs; see buddyctl status");
  }
  if (::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0) != 0) {
    throw Failure(ExitStatus::failure, "telling process " + std::to_string(pid) + ", the agent of " + name_of(facts) +
                                           ": " + std::strerror(errno) + "; run it as the agent's user or as root");
  }
}

// Of the same agent, or of the one that came after it; nothing when `holds` held of none in time.
std::optional<PinnedMaps> await(const char* what, const Options& options, Duration patience, const auto& holds) {
  const Progress progress(what);
  const Instant give_up = monotonic_now() + patience;
  do {
    std::this_thread::sleep_for(limits::agent_poll);
    try {
      PinnedMaps maps = find_agent(options);
      if (holds(maps)) {
        return maps;
      }
    } catch (const Failure&) {
      // An agent that begins anew may have nothing pinned for a moment.
    }
  } while (monotonic_now() < give_up);
  return std::nullopt;
}

Json words_of(const std::string& text) {
  Json words = Json::array();
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(", ", begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 2;
  }
  return words;
}

template <size_t bytes>
std::string text_from(const char (&field)[bytes]) {
  return {static_cast<const char*>(field), ::strnlen(static_cast<const char*>(field), bytes)};
}

}  // namespace

ExitStatus reload_agent(const Context& context) {
  const PinnedMaps before = find_agent(context.options);
  const AgentFacts facts = agent_facts(before, monotonic_now());
  tell(before, SIGHUP);
  const auto after = await("reload", context.options, limits::reload_patience, [&](const PinnedMaps& maps) {
    return maps.report.pid != before.report.pid || maps.report.reloads != before.report.reloads;
  });
  if (!after || after->report.pid != before.report.pid) {
    throw Failure(ExitStatus::failure, "the agent of " + name_of(facts) + (after ? " ended" : " did not answer") +
                                           " while it was to read its settings; see its log");
  }
  const std::string changed = text_from(after->report.reload_changed);
  const std::string restart = text_from(after->report.reload_restart);
  if (after->report.reload_result == BUDDYRING_RELOAD_REFUSED) {
    throw Failure(ExitStatus::failure, "nothing was changed: " + changed);
  }
  context.print(
      {{"pool", facts.pool},
       {"server", facts.server},
       {"changed", words_of(changed)},
       {"needs_restart", words_of(restart)}},
      "changed: " + (changed.empty() ? "nothing" : changed) + "\n" +
          (restart.empty() ? "" : "needs a restart (buddyctl upgrade, or stop and start): " + restart + "\n"));
  return ExitStatus::ok;
}

ExitStatus upgrade_agent(const Context& context) {
  const PinnedMaps before = find_agent(context.options);
  const AgentFacts facts = agent_facts(before, monotonic_now());
  tell(before, SIGUSR2);
  const auto after = await("upgrade", context.options, limits::upgrade_patience, [&](const PinnedMaps& maps) {
    return maps.report.pid != before.report.pid && maps.agent.member != 0 &&
           maps.report.tick_ns > before.report.tick_ns;
  });
  if (!after) {
    throw Failure(ExitStatus::failure, "the agent of " + name_of(facts) +
                                           " was told to hand over, and no other is a member in its place yet; whoever "
                                           "starts it (Restart=always) has to do so within its --lease");
  }
  const bool resumed = after->agent.incarnation == before.agent.incarnation;
  context.print({{"pool", facts.pool},
                 {"server", facts.server},
                 {"pid_before", before.report.pid},
                 {"pid", after->report.pid},
                 {"resumed", resumed}},
                "process " + std::to_string(after->report.pid) + " goes on for process " +
                    std::to_string(before.report.pid) +
                    (resumed ? ", in the same incarnation\n" : ", and has announced the server anew\n"));
  return ExitStatus::ok;
}

}  // namespace buddyring
