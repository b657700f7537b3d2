// SPDX-License-Identifier: Apache-2.0
// Node: one host, its kernel, and on it an agent around the production core.
//
// Theory of operation. What buddyd does at a wake-up (userspace/agent/agent.cc),
// in the same order: completions, then what the kernel saw, then deadlines, then
// the orders of the core. What arrives while the agent is stopped or starved
// waits; its kernel goes on answering. All that the core is told is on the
// host's own clock.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/ring_member.h"
#include "tests/sim/clock.h"
#include "tests/sim/event_queue.h"
#include "tests/sim/kernel.h"

namespace buddyring::sim {

struct World;

// Who starts agents starts one again after this when it has ended with an error.
inline constexpr Nanos restart_pause = second;

// What waits for the agent's next wake-up.
struct StopAsked {};
struct CarrierNotice {};
struct MessageIn {
  uint32_t delivery = 0;
};
struct MessageResult {
  uint64_t order = 0;
  std::optional<ReplaceAck> acknowledgement{};
  NodeId expecting = nobody;  // who was asked to expect us, if that was the message
};
struct RegistryResult {
  RegistryReply reply{};
};
using Completion = std::variant<StopAsked, CarrierNotice, MessageIn, MessageResult, RegistryResult>;

// A word as a witness that this node's kernel was made to give.
struct PublishedDoubt {
  std::string server;
  Incarnation incarnation = 0;
  Nanos from = 0;  // first and last time it was published
  Nanos until = 0;
};

class Node {
 public:
  // `name` and `zone` are the agent's, `address` the host's.
  Node(World& world, NodeId id, std::string name, std::string zone, uint32_t address, HostClock clock);

  // --- what befalls it --------------------------------------------------------
  void power_on();
  void crash();
  void start_agent();
  void kill_agent();
  void ask_to_leave();
  // The agent was stopped, starved or unplugged, or is so no longer.
  void effects_changed();
  void on_wake(uint32_t plan);
  void on_packet(const Packet& packet);
  void complete(Completion completion);
  // Its kernel answers under its own name for whomever is asked.
  void pose();

  // --- facts --------------------------------------------------------------------
  [[nodiscard]] NodeId id() const { return id_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] uint32_t address() const { return kernel_.address(); }
  [[nodiscard]] const HostClock& clock() const { return clock_; }
  [[nodiscard]] bool up() const { return up_; }
  // There is a process, stopped or not.
  [[nodiscard]] bool has_agent() const { return core_ != nullptr; }
  [[nodiscard]] bool runs() const;
  [[nodiscard]] const RingMember* core() const { return core_.get(); }
  [[nodiscard]] const Kernel& kernel() const { return kernel_; }
  // Up, its agent at work, a member, and vouched for by its lease.
  [[nodiscard]] bool serves() const;
  // Its kernel answers that it is a member in this incarnation, vouched for by a
  // lease that is fresh, whether its agent is at work or not.
  [[nodiscard]] bool is_vouched_for(Incarnation incarnation) const;
  // What its kernel saw of `server`; nothing when that is not watched.
  // In any incarnation unless one is given.
  [[nodiscard]] const Kernel::Sight* sight_of(const std::string& server, Incarnation incarnation = 0) const;
  [[nodiscard]] const std::vector<PublishedDoubt>& doubts() const { return doubts_; }
  // Since when its kernel's answers have been lost; never when they are not.
  [[nodiscard]] Nanos unheard_since() const { return unheard_since_; }
  // Since when it has been joining: in vain, if it is not heard.
  [[nodiscard]] Nanos joining_since() const { return joining_since_; }
  // Since when nothing kept the agent from its work.
  [[nodiscard]] Nanos at_work_since() const { return hindered_ ? never : at_work_since_; }
  // When anybody was last heard: an answer of whatever class, a message, the registry.
  [[nodiscard]] Nanos heard_at() const { return heard_at_; }
  // It has just woken up after it should have long before.
  [[nodiscard]] bool has_slept() const { return slept_; }
  [[nodiscard]] bool knows_of_no_link() const { return !carrier_told_; }
  [[nodiscard]] uint32_t life() const { return life_; }  // rises when the agent comes or goes
  [[nodiscard]] uint64_t wakes() const { return wakes_; }
  // It was started, did not leave, and its starter starts it again when it ends.
  [[nodiscard]] bool wanted() const { return wanted_; }
  void give_up() { wanted_ = false; }

 private:
  [[nodiscard]] Instant local() const;
  void plan_wake(Nanos at);
  void plan_next();
  // From a deadline or a completion to the agent's first line.
  [[nodiscard]] Nanos wake_delay();
  void take(const Completion& completion);
  void observe();
  void carry_out(Instant now);
  void publish(Instant now);
  void note_doubt(Instant now, const std::optional<Server>& buddy);
  void apply_watch_changes();
  void send_probes(Instant now);
  [[nodiscard]] bool fails_probe(unsigned slot);
  void send_messages(Instant now);
  void tell_events();
  void end_agent_if_done();
  void say(std::string_view text) const;

  World& world_;
  const NodeId id_;
  const std::string name_;
  const std::string zone_;
  const HostClock clock_;
  Kernel kernel_;
  bool up_ = false;
  bool wanted_ = false;
  bool carrier_told_ = true;
  bool hindered_ = false;  // stopped, starved, unplugged, or unable to send probes
  uint32_t life_ = 0;
  std::unique_ptr<RingMember> core_;
  std::vector<Completion> completions_;
  std::vector<Nanos> resolves_at_;  // by slot: when the neighbour is resolved
  std::vector<PublishedDoubt> doubts_;
  Nanos at_work_since_ = 0;
  Nanos heard_at_ = 0;
  Nanos unheard_since_ = never;
  Nanos joining_since_ = 0;
  bool joining_ = false;  // when it last woke up
  Nanos woke_at_ = 0;
  bool slept_ = false;
  Epoch list_epoch_ = 0;  // of the list when the checker last saw it
  Nanos next_wake_ = never;
  uint32_t plan_ = 0;
  unsigned messages_out_ = 0;
  uint64_t watches_made_ = 0;
  uint64_t wakes_ = 0;
  uint64_t ticks_published_ = 0;  // the core's, when the word was last published
};

}  // namespace buddyring::sim
