// SPDX-License-Identifier: Apache-2.0
// Registry: the server table behind its clients, of which each agent has one.
//
// Theory of operation. A call goes through the steps of userspace/registry's
// worker: contact (a verdict is pinged for first, and comes back as Revalidate
// when the client had to connect or the ping was slow), the way to the table,
// the change, the way back. Each step can fail: the registry is down, or mute,
// or out of reach, or the reply is lost after the change was made. An agent that
// is stopped does not go on with its call; one that is killed leaves behind what
// was on its way.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/registry_messages.h"
#include "tests/model/table.h"
#include "tests/sim/event_queue.h"
#include "tests/sim/streams.h"

namespace buddyring::sim {

struct World;

// What the accuser's kernel knew when it asked for a deletion, for the checker.
struct Grounds {
  Nanos decided_at = 0;
  std::string objection;  // why this should never have been asked for; "" when it may
};

class Registry {
 public:
  explicit Registry(World& world);

  // --- what an agent does -------------------------------------------------------
  void submit(NodeId node, RegistryRequest request);
  void withdraw(NodeId node);
  void on_agent_gone(NodeId node);
  void on_agent_runs(NodeId node);  // after a stop

  void on_step(uint32_t item);
  // As buddyctl remove does it, at once and whoever is out of reach.
  void remove_by_operator(const std::string& server);
  // A pool is paused, or resumed, when the effects say otherwise than before.
  void on_effects();
  // All connections break, as when the registry restarts.
  void drop_connections();

  [[nodiscard]] ModelTable& table() { return table_; }
  [[nodiscard]] const ModelTable& table() const { return table_; }
  [[nodiscard]] uint64_t calls() const { return calls_made_; }
  // Until when verdicts that nobody can take back any more are on their way to the table.
  [[nodiscard]] Nanos verdicts_on_their_way_until() const { return verdicts_on_their_way_until_; }
  // Verdicts that came back to be revalidated.
  [[nodiscard]] uint64_t sent_back() const { return sent_back_; }
  [[nodiscard]] bool reachable(NodeId node) const;
  [[nodiscard]] Instant time() const;

 private:
  enum class Stage : uint8_t { connecting, pinging, at_table, returning, failing };
  struct Call {
    Stage stage = Stage::connecting;
    NodeId node = nobody;
    uint32_t life = 0;
    RegistryRequest request;
    RegistryReply reply;
    Nanos contact_began = 0;
    Grounds grounds;
  };
  struct Client {
    bool connected = false;
    bool withdrawn = false;
    std::vector<std::pair<std::string, Incarnation>> sent_back;
    std::optional<uint32_t> held;  // a call whose agent is stopped
  };
  [[nodiscard]] Client& client(NodeId node);
  [[nodiscard]] Nanos way();  // of a call, one way
  void go(uint32_t item, Stage stage, Nanos span);
  void fail(uint32_t item, Nanos refusing, Nanos waiting);
  void contact_made(uint32_t item);
  void send(uint32_t item);
  void carry_out(uint32_t item);
  [[nodiscard]] RegistryReply change(Call& call);
  [[nodiscard]] RegistryReply remove(Call& call, const DeleteRequest& request);
  void reply(uint32_t item);
  [[nodiscard]] bool is_abandoned(const Call& call) const;

  World& world_;
  Prng chance_;
  Prng table_chance_;
  ModelTable table_;
  Pool<Call> calls_;
  std::vector<Client> clients_;
  uint64_t calls_made_ = 0;
  uint64_t sent_back_ = 0;
  Nanos verdicts_on_their_way_until_ = 0;
};

}  // namespace buddyring::sim
