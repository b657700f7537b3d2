// SPDX-License-Identifier: Apache-2.0
// RingMember: one server's part in the ring, whole and pure.
//
// Theory of operation. Inputs are handle_*(now, ...), outputs are poll_*();
// the caller (the agent, or a simulator) drains all inputs of a wake-up, then
// calls handle_timeout, then drains the outputs. Nothing here waits, reads a
// clock, or knows of sockets.
//
// What is to be asked of the server table is not queued but recomputed from the
// state each time (announce, leave, delete the dead, look beyond a suspect,
// reread the own row), one request at a time. So a verdict that was retracted
// while the registry was away is simply no longer asked for, and nothing is
// replayed blindly.
//
// A buddy that is silent is condemned by its Detector alone, but deleted only
// when an Inquiry has found a second witness, or that there can be none.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/bounded_queue.h"
#include "core/buddy_list.h"
#include "core/delay_histogram.h"
#include "core/event.h"
#include "core/expectations.h"
#include "core/flap_damper.h"
#include "core/inquiry.h"
#include "core/introduction.h"
#include "core/membership.h"
#include "core/registry_messages.h"
#include "core/replace_message.h"
#include "core/replace_orders.h"
#include "core/rtt_report.h"
#include "core/watch_set.h"

namespace buddyring {

// What a server's kernel says to whoever probes it: whom its judge holds for
// dead. It counts until `until`, so that a judge that has stopped says nothing.
struct Word {
  bool doubts_a = false;
  bool doubts_b = false;
  Instant until{};
};

class RingMember {
 public:
  struct Settings {
    std::string pool;
    Server self;  // the incarnation is the first proposal
    std::string zone{};
    DetectionSettings detection;
    // It goes on as a member that it was before this process began, in `self`'s
    // incarnation, if the table still says so: it rereads its row instead of announcing itself.
    bool resumes = false;
  };

  // The first tick is due at once.
  RingMember(Settings settings, Instant now);

  // --- inputs ---------------------------------------------------------------
  // Whether frames pass on our own link. Before the first tick, too, where they do not:
  // whoever is to announce itself waits until they do.
  void handle_carrier(Instant now, bool up);
  // A message came in; the acknowledgement goes back to its sender.
  [[nodiscard]] ReplaceAck handle_message(Instant now, const RingMessage& message);
  // The order `id` was acknowledged, or (nothing) could not be delivered.
  void handle_replace_result(Instant now, uint64_t id, const std::optional<ReplaceAck>& acknowledgement);
  // The reply to the request that poll_registry_request last gave out.
  void handle_registry_reply(Instant now, const RegistryReply& reply);
  // What the kernel saw of the server in `slot`.
  void handle_observation(Instant now, unsigned slot, const Observation& seen);
  // The probe of `slot` could not be handed to the kernel, through our fault.
  void handle_probe_failed(unsigned slot);
  // SIGTERM: leave the ring in order.
  void handle_stop(Instant now);
  // The service that this server stands for is gone, or back. Without it the server
  // takes itself out of the ring, and does not announce itself.
  void handle_service(Instant now, bool there);
  // Everybody is probed and judged by these from now on. The cycle under way is judged when one of
  // the new length would be; none is lost.
  void handle_detection(Instant now, DetectionSettings detection);
  // Deadlines: the ticks, the end of a leave. Call after all other inputs.
  void handle_timeout(Instant now);

  // --- outputs --------------------------------------------------------------
  [[nodiscard]] std::optional<WatchChange> poll_watch_change() { return watches_.poll_change(); }
  struct ProbeOrder {
    unsigned slot = 0;
    uint64_t number = 0;
  };
  [[nodiscard]] std::optional<ProbeOrder> poll_probe() { return probes_.pop(); }
  // At most one request is under way; the next comes after its reply.
  [[nodiscard]] std::optional<RegistryRequest> poll_registry_request(Instant now);
  // True once after the verdict under way at the registry was retracted.
  [[nodiscard]] bool poll_withdrawal() { return std::exchange(withdrawn_, false); }
  [[nodiscard]] std::optional<ReplaceOrder> poll_replace_order(Instant now) { return orders_.poll(now); }
  [[nodiscard]] std::optional<Event> poll_event() { return events_.pop(); }
  [[nodiscard]] uint64_t events_dropped() const { return events_.dropped(); }
  // When handle_timeout, or a poll that takes `now`, is next worth calling.
  [[nodiscard]] std::optional<Instant> poll_timeout() const;

  // --- state, for answers, logs and dashboards --------------------------------
  [[nodiscard]] MemberState state() const { return state_; }
  [[nodiscard]] const Server& self() const { return self_; }
  [[nodiscard]] const BuddyList& buddies() const { return list_; }
  // A reply of the registry is awaited.
  [[nodiscard]] bool awaits_registry() const { return under_way_.has_value(); }
  // False while it resumes: a member that has not read its row yet.
  [[nodiscard]] bool knows_row() const { return !resuming_; }
  [[nodiscard]] const WatchSet& watches() const { return watches_; }
  [[nodiscard]] const std::string& pool() const { return pool_; }
  [[nodiscard]] Word word() const;
  // The buddy is condemned, but its other buddy hears it.
  [[nodiscard]] bool is_contested(std::string_view buddy) const;
  // The buddy is found dead, but the table says that the pool's verdicts are paused.
  [[nodiscard]] bool is_paused(std::string_view buddy) const;
  // Why the server could not announce itself; it was never a member.
  [[nodiscard]] const std::optional<Error>& start_error() const { return start_error_; }
  // False when a leave ended without the table's consent.
  [[nodiscard]] bool left_in_order() const { return left_in_order_; }

  struct Counters {
    uint64_t ticks = 0;
    uint64_t stalls = 0;
    Duration stall_max{};
    buddyring_delay_histogram tick_delay{};  // of all ticks
    uint64_t verdicts = 0;
    uint64_t inquiries = 0;
    uint64_t contested = 0;  // findings that the witness hears the suspect
    uint64_t replaces_applied = 0;
    uint64_t replaces_repeated = 0;  // heard before, and still true
    uint64_t replaces_refused = 0;   // all that follow
    uint64_t replaces_stale = 0;
    std::array<uint64_t, refusals> replaces_refused_for{};  // by Refusal
    uint64_t expects = 0;
    uint64_t removals = 0;   // times that our own row was gone
    bool unwatched = false;  // for limits::unwatched_patience and two detection times nobody watched us
    bool carrier = true;
    bool registry_reached = false;
    bool registry_lost = false;
    RingSize ring_servers = 0;  // as the table last said; 0: it has not
    Instant ring_servers_at{};
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct UnderWay {
    RegistryRequest request;
    Epoch epoch = 0;  // of our list when it was asked
    Instant asked{};
  };

  // Messages (ring_member_messages.cc).
  [[nodiscard]] Refusal refusal_of(const std::string& pool, const std::string& receiver) const;
  [[nodiscard]] ReplaceAck take_replace(Instant now, const ReplaceMessage& message);
  [[nodiscard]] ReplaceAck take_expect(Instant now, const ExpectMessage& message);
  // Refusal::none: our kernel has heard the newcomer.
  [[nodiscard]] Refusal probe_newcomer(Instant now, const Server& newcomer);
  // Refusal::none: it was stale.
  void note_refused(Instant now, const std::string& sender, Refusal refusal);
  // A message makes the table worth a look, but not more often than the limit.
  void doubt_row_for_message(Instant now);

  void give_up_without_carrier(Instant now);

  // Ticks (ring_member_tick.cc).
  void tick(Instant now);
  void check(Instant now);
  void plan_check(Instant now);
  [[nodiscard]] bool carrier_is_new(Instant now, const Watch& watch) const;
  void judge(Instant now, Duration lateness, Watch& watch);
  void begin_cycle(Instant now, unsigned slot);
  void begin_hurried_cycles(Instant now);
  // When anybody was last heard who proves that our own network works.
  [[nodiscard]] Instant heard() const { return std::max(heard_, registry_heard_); }
  void note_heard(Instant when) { heard_ = std::max(heard_, when); }
  // Anyone's word proves our own network; when nobody's came, ask the registry.
  void seek_proof();
  void note_watched(Instant now);
  void sample_rtts(Instant now);
  void renew_word(Instant now, Duration lateness);
  void note_misfits(Instant now, Watch& watch, const Observation& before);
  void tell_of_kept(Instant now, Watch& watch);
  void apply(Instant now, Watch& watch, DetectorAction action);

  // Inquiries (ring_member_tick.cc).
  [[nodiscard]] bool is_suspected(const Watch& watch) const;
  void begin_inquiries();  // one into each suspected buddy
  void conclude_inquiries(Instant now);
  void conclude_or_pause(Instant now, Duration lateness);
  void look_soon(Instant now);
  // For a tick at which we could not judge.
  void pause_inquiries();
  void tell_finding(Instant now, const Inquiry& inquiry);
  void withdraw_verdict_on(std::string_view server);
  // Makes the watches follow the list and the inquiries.
  void sync_watches();
  void drop_idle_inquiries();  // those into buddies that are suspected no longer
  [[nodiscard]] Inquiry* inquiry_into(std::string_view server);
  [[nodiscard]] bool inquires() const;

  // The server table (ring_member_registry.cc).
  [[nodiscard]] bool wants_registry() const;
  [[nodiscard]] RegistryRequest next_request() const;
  [[nodiscard]] RegistryRequest joining_request() const;
  [[nodiscard]] bool may_report(Instant now) const;
  [[nodiscard]] DeleteRequest verdict_on(const Inquiry& inquiry) const;
  void on_place(Instant now, const BesideReply& reply);
  void introduce_to(Instant now, const std::vector<Server>& others);
  void on_expect_ended(Instant now, const std::string& receiver, const std::optional<ReplaceAck>& acknowledgement);
  void on_unheard(Instant now);
  void on_announced(Instant now, const AnnounceReply& reply);
  void introduce_to_buddies(Instant now, const AnnounceReply& reply);
  void on_deleted(Instant now, const DeleteRequest& request, const DeleteReply& reply);
  void on_left(Instant now, const DeleteReply& reply);
  void stand_aside(Instant now);
  void on_row(Instant now, const RowReply& reply);
  void on_beyond(Instant now, const BeyondRequest& request, const BeyondReply& reply);
  void note_ring_size(Instant now, RingSize servers);
  void on_revalidate(Instant now, const RegistryRequest& request);
  // `asked`: when.
  void on_registry_error(Instant now, const RegistryRequest& request, Instant asked, const Error& error);
  [[nodiscard]] bool link_was_away_since(Instant when) const;
  // Follows the table; false when the row is not ours any more.
  bool follow(Instant now, const std::optional<OwnRow>& row);
  void adopt(Instant now, const OwnRow& row);
  void lose_row(Instant now);
  void order_replace(Instant now, const BuddyRow& to, std::string_view server_to_replace, const Server& replacement);

  void move(MemberEvent event) { state_ = next_state(state_, event); }
  void tell(Event event) { events_.push(std::move(event)); }
  void tell_buddies(Instant now);

  std::string pool_;
  Server self_;
  std::string zone_;
  DetectionSettings detection_;

  MemberState state_ = MemberState::joining;
  Introduction introduction_;
  FlapDamper flaps_;
  BuddyList list_;
  RttReport rtt_report_;
  WatchSet watches_;
  std::array<std::optional<Inquiry>, 2> inquiries_;  // at most one a buddy
  ReplaceOrders orders_;
  Expectations expectations_;
  BoundedQueue<Event, limits::events_max> events_;
  BoundedQueue<ProbeOrder, 2 * WatchSet::limit> probes_;  // of a reply and of a tick in one wake-up

  Instant next_tick_{};
  std::optional<Instant> check_;  // due before next_tick_
  std::optional<Instant> look_;   // at what has come in since the probes of a tick or a check
  bool heard_again_ = false;      // somebody who was missed: what was found is to be found anew
  Instant word_until_{};
  std::optional<Instant> carrier_changed_;
  std::optional<Instant> linkless_by_;  // a start without a carrier fails then
  std::optional<UnderWay> under_way_;
  bool withdrawn_ = false;
  Instant registry_due_{};
  Duration registry_backoff_{};

  bool was_member_ = false;
  bool resuming_ = false;         // a member without having announced itself; the row will tell
  bool service_there_ = true;     // nothing to announce otherwise
  Instant watched_at_{};          // a buddy was last known to watch us, or there was none
  Instant heard_{};               // when anybody in the ring was last heard: a buddy, a sender
  Instant registry_heard_{};      // when the registry was
  Epoch asked_epoch_ = 0;         // of our list when the request just answered was asked
  Instant message_reread_due_{};  // not before, for a message's sake
  bool message_doubt_ = false;    // a message left the row in doubt, to be reread then
  bool row_in_doubt_ = false;     // reread our own row
  bool left_table_ = false;       // our ServerDelete of ourselves has returned
  bool left_in_order_ = false;
  std::optional<Instant> leave_by_;
  std::optional<Error> start_error_;
  Counters counters_;
};

}  // namespace buddyring
