// SPDX-License-Identifier: Apache-2.0
// Deletions of the living: what those who were to witness could know.
#include <algorithm>

#include "core/limits.h"
#include "tests/sim/addresses.h"
#include "tests/sim/checker.h"
#include "tests/sim/describe.h"
#include "tests/sim/world.h"

namespace buddyring::sim {
namespace {

// A call that hung when the registry was last out of reach may go on for so long.
constexpr Nanos hanging_call = nanos(limits::registry_connect_timeout) + nanos(limits::registry_query_timeout) + second;

// By then a server has looked at its row, whether it was told anything or not.
constexpr Nanos never_told = 45 * second;

// The least that whoever was missed has been silent for. The first miss of a buddy has half an
// interval for its answer at least, and the others a hurried cycle each, of which the first may
// have begun late.
Duration silence_of_misses(const DetectionSettings& detection, WatchRole role) {
  const Duration confirming = (detection.misses - 1) * (detection.interval / 4);
  return role == WatchRole::buddy ? detection.interval / 2 + confirming / 2 : confirming;
}

std::string in_ms(Duration span) { return std::to_string(span.count() / millisecond) + " ms"; }

}  // namespace

Grounds Checker::grounds_of(const Node& accuser, const DeleteRequest& verdict) const {
  Grounds grounds{.decided_at = world_.now, .objection = objection_to(accuser, verdict.server, verdict.incarnation)};
  for (const RunMember& member : verdict.run) {
    if (grounds.objection.empty()) {
      grounds.objection = objection_to(accuser, member.server, member.incarnation);
    }
  }
  if (grounds.objection.empty()) {
    grounds.objection = objection_of_witness(accuser, verdict);
  }
  const bool alone = verdict.word == WitnessWord::closed || verdict.word == WitnessWord::beyond;
  if (grounds.objection.empty() && alone) {
    grounds.objection = objection_of_accused(accuser, verdict.server, verdict.incarnation);
    if (grounds.objection.empty() && verdict.word == WitnessWord::closed && !verdict.run.empty()) {
      grounds.objection = objection_of_accused(accuser, verdict.run.back().server, verdict.run.back().incarnation);
    }
  }
  return grounds;
}

// The accuser itself heard the victim within the time that its misses take.
std::string Checker::objection_to(const Node& accuser, const std::string& victim, Incarnation incarnation) const {
  const Kernel::Sight* sight = accuser.sight_of(victim, incarnation);
  if (sight == nullptr) {
    return "the accuser does not watch " + victim;
  }
  const DetectionSettings& detection = world_.setup.detection;
  const Instant now = accuser.clock().read(world_.now);
  const bool heard =
      sight->seen.last_live != Instant{} && sight->seen.last_live > now - silence_of_misses(detection, sight->role);
  return heard ? "the accuser heard " + victim + " " + in_ms(now - sight->seen.last_live) + " before" : "";
}

std::string Checker::objection_of_witness(const Node& accuser, const DeleteRequest& verdict) const {
  if (verdict.word == WitnessWord::none) {
    return "there was no witness";
  }
  if (verdict.word != WitnessWord::concurs && verdict.word != WitnessWord::abstains) {
    return "";
  }
  const std::string& last = verdict.run.empty() ? verdict.server : verdict.run.back().server;
  const Incarnation incarnation = verdict.run.empty() ? verdict.incarnation : verdict.run.back().incarnation;
  const Nanos interval = world_.setup.interval();
  const Node* witness = world_.node_named(verdict.witness);
  const Kernel::Sight* sight = accuser.sight_of(verdict.witness);
  if (witness == nullptr || sight == nullptr) {
    return "the accuser does not watch its witness " + verdict.witness;
  }
  const Instant now = accuser.clock().read(world_.now);
  if (sight->seen.last_live < now - 2 * world_.setup.detection.interval) {
    const bool asked = sight->seen.departed > now - limits::carrier_grace;
    return verdict.word == WitnessWord::abstains && !asked
               ? objection_of_deaf(accuser, verdict.server)
               : "the witness was last heard " + in_ms(now - sight->seen.last_live) + " before";
  }
  if (verdict.word == WitnessWord::abstains && verdict.run.empty() && testified(accuser, verdict)) {
    return "";
  }
  if (verdict.word == WitnessWord::abstains) {
    const Duration patience = (world_.setup.detection.misses - 1) * world_.setup.detection.interval;
    return sight->fresh_word > now - patience ? "the witness could judge " + in_ms(now - sight->fresh_word) + " before"
                                              : "";
  }
  const auto gave = [&](const PublishedDoubt& doubt) {
    return doubt.server == last && doubt.incarnation == incarnation && doubt.from <= sight->live_answered_at &&
           sight->live_answered_at <= doubt.until + 2 * interval + interval / 10;
  };
  return std::ranges::any_of(witness->doubts(), gave) ? ""
                                                      : "the witness " + verdict.witness + " never doubted " + last;
}

// The last that came from the victim was its own kernel's word that its agent is not to be seen.
bool Checker::testified(const Node& accuser, const DeleteRequest& verdict) const {
  const Kernel::Sight* sight = accuser.sight_of(verdict.server, verdict.incarnation);
  const Instant now = accuser.clock().read(world_.now);
  return sight != nullptr && sight->seen.last_other_class == AnswerClass::stale_lease &&
         sight->seen.last_other > sight->seen.last_live &&
         sight->seen.last_other > now - 2 * world_.setup.detection.interval;
}

// The accuser's probes to its witness do not leave. That may be a matter of that
// one way, but only as long as others do leave.
std::string Checker::objection_of_deaf(const Node& accuser, const std::string& victim) const {
  const Kernel::Sight* sight = accuser.sight_of(victim);
  const Instant now = accuser.clock().read(world_.now);
  return sight != nullptr && sight->seen.departed > now - 3 * world_.setup.detection.interval
             ? ""
             : "no probe of the accuser had left for " + victim + " either";
}

// Nobody else is left to be asked, so the accused would have had to accuse in
// turn: it could, if it was at work, had not heard the accuser either, and the
// registry was well.
std::string Checker::objection_of_accused(const Node& accuser, const std::string& victim,
                                          Incarnation incarnation) const {
  const Node* accused = world_.node_named(victim);
  const Setup& setup = world_.setup;
  const Nanos unhindered = (setup.detection.misses + 2) * setup.interval() + 8 * setup.registry_latency + hanging_call;
  if (accused == nullptr || !accused->serves() || accused->core()->self().incarnation != incarnation ||
      accused->at_work_since() > world_.now - unhindered || registry_well_since_ > world_.now - unhindered) {
    return "";
  }
  const Kernel::Sight* sight = accused->sight_of(accuser.name(), accuser.core()->self().incarnation);
  if (sight == nullptr) {
    const bool long_enough = std::max(accused->at_work_since(), registry_well_since_) < world_.now - never_told;
    return long_enough ? victim + " was never told that the accuser is its buddy" : "";
  }
  const Duration silence = (setup.detection.misses + 1) * setup.detection.interval +
                           Duration{8 * setup.registry_latency + 4 * setup.wake_delay_max};
  const Instant now = accused->clock().read(world_.now);
  if (sight->role != WatchRole::buddy || sight->seen.last_live == Instant{} || sight->seen.last_live > now - silence) {
    return "";
  }
  return victim + " had not heard the accuser for " + in_ms(now - sight->seen.last_live) + " and was able to accuse it";
}

void Checker::on_doubt(const Node& witness, Instant now, const Server& buddy) {
  const Kernel::Sight* sight = witness.sight_of(buddy.name, buddy.incarnation);
  const DetectionSettings& detection = world_.setup.detection;
  if (sight != nullptr && sight->seen.last_live != Instant{} &&
      sight->seen.last_live > now - silence_of_misses(detection, WatchRole::buddy)) {
    fail("word", witness.name() + " says that it misses " + buddy.name + ", which it heard " +
                     in_ms(now - sight->seen.last_live) + " before");
  }
}

void Checker::on_verdict(const Node& judge, const std::string& buddy) {
  const Setup& setup = world_.setup;
  // The proof of our own network must be younger than the first of the misses.
  const Nanos misses = setup.detection.misses * setup.interval() + setup.interval() / 2;
  // Void cycles do not end what began before them.
  const Nanos unhindered = 2 * misses + nanos(limits::carrier_grace) + second;
  if (judge.has_slept()) {
    fail("self-doubt", judge.name() + " condemns " + buddy + " right after it slept through a tick");
  } else if (judge.knows_of_no_link()) {
    fail("self-doubt", judge.name() + " condemns " + buddy + " while it knows that its own link is down");
  } else if (judge.at_work_since() < world_.now - unhindered && judge.heard_at() < world_.now - misses) {
    fail("self-doubt", judge.name() + " condemns " + buddy + " after it heard nobody at all for " +
                           in_ms(Duration{world_.now - judge.heard_at()}));
  }
}

void Checker::on_request(const Node& node, const RegistryRequest& request) {
  const auto* verdict = std::get_if<DeleteRequest>(&request);
  if (verdict != nullptr && verdict->reason == DeleteReason::dead && node.has_slept()) {
    fail("self-doubt", node.name() + " asks to delete " + verdict->server + " right after it slept through a tick");
  }
}

void Checker::on_deleted(const DeleteRequest& request, const Grounds& grounds) {
  if (request.reason != DeleteReason::dead) {
    ++deletions_.left;
    return;
  }
  if (mirror_.empty()) {
    return;  // too many to be followed
  }
  check_rules(request);
  count(request.server, request.incarnation, request, grounds);
  for (const RunMember& member : request.run) {
    count(member.server, member.incarnation, request, grounds);
  }
}

void Checker::count(const std::string& victim, Incarnation incarnation, const DeleteRequest& request,
                    const Grounds& grounds) {
  const Node* node = world_.node_named(victim);
  if (node == nullptr || !node->up()) {
    ++deletions_.dead;
    return;
  }
  // A server lives as long as its kernel says so: nobody can know of a stopped
  // agent before its lease is over.
  if (!node->is_vouched_for(incarnation)) {
    ++deletions_.hung;
    return;
  }
  ++deletions_.unreachable;
  if (!grounds.objection.empty()) {
    fail("witnesses", victim + " lives and was deleted by " + request.accuser + " (" + describe(request.word) +
                          "): " + grounds.objection);
  } else if (peace_) {
    fail("peace", victim + " lives and was deleted by " + request.accuser + " though nothing is wrong");
  }
}

}  // namespace buddyring::sim
