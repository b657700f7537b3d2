// SPDX-License-Identifier: Apache-2.0
// RingMember: one server's part in the ring, whole and pure.
//
// Theory of operation. Inputs are handle_*(now, ...), outputs are poll_*();
// the caller (the agent, or a simulator) drains all inputs of a wake-up, then
// calls handle_timeout, then drains the outputs. Nothing here waits, reads a
// clock, or knows of sockets.
//
// What is to be asked of the server table is not queued but recomputed from the
// state each time (announce, leave, delete the condemned, reread the own row),
// one request at a time. So a verdict that was retracted while the registry was
// away is simply no longer asked for, and nothing is replayed blindly.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "core/bounded_queue.h"
#include "core/buddy_list.h"
#include "core/event.h"
#include "core/membership.h"
#include "core/registry_messages.h"
#include "core/replace_message.h"
#include "core/replace_orders.h"
#include "core/watch_set.h"

namespace buddyring {

class RingMember {
 public:
  struct Settings {
    std::string pool;
    Server self;  // the incarnation is the first proposal
    DetectionSettings detection;
  };

  // The first tick is due at once.
  RingMember(Settings settings, Instant now);

  // --- inputs ---------------------------------------------------------------
  void handle_carrier(Instant now, bool up);
  // A ServerReplace came in; the acknowledgement goes back to its sender.
  [[nodiscard]] ReplaceAck handle_replace(Instant now, const ReplaceMessage& message);
  // The order `id` was acknowledged, or (nothing) could not be delivered.
  void handle_replace_result(Instant now, uint64_t id, const std::optional<ReplaceAck>& acknowledgement);
  // The reply to the request that poll_registry_request last gave out.
  void handle_registry_reply(Instant now, const RegistryReply& reply);
  // What the kernel saw of the server in `slot`.
  void handle_observation(unsigned slot, const Observation& seen);
  // The probe of `slot` could not be handed to the kernel, through our fault.
  void handle_probe_failed(unsigned slot);
  // SIGTERM: leave the ring in order.
  void handle_stop(Instant now);
  // Deadlines: the tick, the end of a leave. Call after all other inputs.
  void handle_timeout(Instant now);

  // --- outputs --------------------------------------------------------------
  [[nodiscard]] std::optional<WatchChange> poll_watch_change() { return watches_.poll_change(); }
  struct ProbeOrder {
    unsigned slot = 0;
    uint64_t number = 0;
  };
  [[nodiscard]] std::optional<ProbeOrder> poll_probe();
  // At most one request is under way; the next comes after its reply.
  [[nodiscard]] std::optional<RegistryRequest> poll_registry_request(Instant now);
  // True once after the verdict under way at the registry was retracted.
  [[nodiscard]] bool poll_withdrawal();
  [[nodiscard]] std::optional<ReplaceOrder> poll_replace_order(Instant now) { return orders_.poll(now); }
  [[nodiscard]] std::optional<Event> poll_event() { return events_.pop(); }
  [[nodiscard]] uint64_t events_dropped() const { return events_.dropped(); }
  // When handle_timeout, or a poll that takes `now`, is next worth calling.
  [[nodiscard]] std::optional<Instant> poll_timeout() const;

  // --- state, for answers, logs and dashboards --------------------------------
  [[nodiscard]] MemberState state() const { return state_; }
  [[nodiscard]] const Server& self() const { return self_; }
  [[nodiscard]] const BuddyList& buddies() const { return list_; }
  [[nodiscard]] const WatchSet& watches() const { return watches_; }
  [[nodiscard]] const std::string& pool() const { return pool_; }
  // Why the first ServerAnnounce failed; the server was never a member.
  [[nodiscard]] const std::optional<Error>& start_error() const { return start_error_; }
  // False when a leave ended without the table's consent.
  [[nodiscard]] bool left_in_order() const { return left_in_order_; }

  struct Counters {
    uint64_t ticks = 0;
    uint64_t stalls = 0;
    Duration stall_max{};
    uint64_t verdicts = 0;
    uint64_t replaces_applied = 0;
    uint64_t replaces_refused = 0;
    bool carrier = true;
    bool registry_reached = false;
    bool registry_lost = false;
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct UnderWay {
    RegistryRequest request;
    Epoch epoch = 0;  // of our list when it was asked
  };

  // Ticks (ring_member.cc).
  void tick(Instant now);
  [[nodiscard]] bool carrier_is_new(Instant now, const Watch& watch) const;
  void judge(Instant now, Duration lateness, Watch& watch);
  // The registry may be on another network than the ring, so its word proves our
  // own network only in the matter of a buddy that was heard before, or for long
  // in vain. Else a server cut off from the ring alone would inherit and delete
  // one live buddy after the other.
  [[nodiscard]] static bool registry_vouches_for(Instant now, const Watch& watch) {
    return watch.seen.last_live != Instant{} || now - watch.first_tick >= limits::stranger_patience;
  }
  // When anybody was last heard whose word counts against `watch`.
  [[nodiscard]] Instant heard_for(Instant now, const Watch& watch) const {
    return registry_vouches_for(now, watch) ? std::max(heard_, registry_heard_) : heard_;
  }
  void note_heard(Instant when) { heard_ = std::max(heard_, when); }
  // Anyone's word proves our own network; when nobody's came, ask the registry.
  void seek_proof(Instant now);
  void count_uncounted(Watch& watch, uint64_t answers_before);
  void apply(Instant now, Watch& watch, DetectorAction action);

  // The server table (ring_member_registry.cc).
  [[nodiscard]] const Watch* first_condemned() const;
  [[nodiscard]] bool wants_registry() const;
  [[nodiscard]] RegistryRequest next_request() const;
  [[nodiscard]] DeleteRequest verdict_on(const Watch& watch) const;
  void on_announced(Instant now, const AnnounceReply& reply);
  void on_deleted(Instant now, const DeleteRequest& request, const DeleteReply& reply);
  void on_left(Instant now, const DeleteReply& reply);
  void on_row(Instant now, const RowReply& reply);
  void on_revalidate(const RegistryRequest& request);
  void on_registry_error(Instant now, const RegistryRequest& request, const Error& error);
  void adopt(Instant now, const OwnRow& row);
  void lose_row(Instant now);
  void order_replace(Instant now, const BuddyRow& to, std::string_view server_to_replace, const Server& replacement);

  void move(MemberEvent event) { state_ = next_state(state_, event); }
  void tell(Event event) { events_.push(std::move(event)); }
  void tell_buddies(Instant now);

  std::string pool_;
  Server self_;
  DetectionSettings detection_;

  MemberState state_ = MemberState::joining;
  BuddyList list_;
  WatchSet watches_;
  ReplaceOrders orders_;
  BoundedQueue<Event, limits::events_max> events_;
  BoundedQueue<ProbeOrder, WatchSet::limit> probes_;

  Instant next_tick_{};
  std::optional<Instant> carrier_changed_;
  std::optional<UnderWay> under_way_;
  bool withdrawn_ = false;
  Instant registry_due_{};
  Duration registry_backoff_{};

  bool was_member_ = false;
  Instant heard_{};           // when anybody in the ring was last heard: a buddy, a sender
  Instant registry_heard_{};  // when the registry was
  Epoch asked_epoch_ = 0;     // of our list when the request just answered was asked
  Instant reread_due_{};
  bool row_in_doubt_ = false;  // reread our own row
  bool left_table_ = false;    // our ServerDelete of ourselves has returned
  bool left_in_order_ = false;
  std::optional<Instant> leave_by_;
  std::optional<Error> start_error_;
  Counters counters_;
};

}  // namespace buddyring
