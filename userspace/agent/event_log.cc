// SPDX-License-Identifier: Apache-2.0
#include "agent/event_log.h"

namespace buddyring {

void log_event(const Log& log, const Event& event, Duration detection_time) {
  const auto& e = event;
  switch (e.kind) {
    case EventKind::announced:
      return log.info("announced", {{"incarnation", e.incarnation}, {"epoch", e.epoch}, {"rejoined", e.number != 0}},
                      e.at);
    case EventKind::buddies:
      return log.info("buddies", {{"a", e.subject}, {"b", e.other}, {"epoch", e.epoch}}, e.at);
    case EventKind::suspect:
      return log.info("suspect", {{"buddy", e.subject}, {"misses", e.number}, {"reason", e.detail}}, e.at);
    case EventKind::alive:
      return log.info("alive", {{"buddy", e.subject}}, e.at);
    case EventKind::verdict:
      return log.warn("verdict",
                      {{"buddy", e.subject},
                       {"incarnation", e.incarnation},
                       {"misses", e.number},
                       {"last_answer_ns", to_ns(e.stamp)},
                       {"reason", e.detail}},
                      e.at);
    case EventKind::answers_as:
      return log.warn("answers_as", {{"buddy", e.subject}, {"what", e.detail}, {"incarnation", e.incarnation}}, e.at);
    case EventKind::abstain:
      return log.warn("abstain", {{"buddy", e.subject}, {"witness", e.other}, {"why", e.detail}}, e.at);
    case EventKind::deleted:
      return log.info("deleted",
                      {{"buddy", e.subject}, {"outcome", e.detail}, {"servers", e.number}, {"witness", e.other}}, e.at);
    case EventKind::replace_sent:
      return log.info("replace_sent",
                      {{"to", e.subject}, {"replace", e.other}, {"replacement", e.third}, {"result", e.detail}}, e.at);
    case EventKind::replace_applied:
      return log.info("replace_applied",
                      {{"from", e.subject}, {"replace", e.other}, {"replacement", e.third}, {"epoch", e.epoch}}, e.at);
    case EventKind::replace_refused:
      return log.info("replace_refused", {{"from", e.subject}, {"why", e.detail}}, e.at);
    case EventKind::unwatched:
      return log.warn("unwatched", {{"state", e.number != 0 ? "begun" : "over"}}, e.at);
    case EventKind::removed:
      return log.warn("removed", {{"incarnation", e.incarnation}}, e.at);
    case EventKind::unheard:
      return log.warn("unheard", {{"by", e.subject}, {"pause_ns", e.number}}, e.at);
    case EventKind::flapping:
      return log.warn("flapping", {{"pause_ns", e.number}}, e.at);
    case EventKind::registry_lost:
      return log.warn("registry", {{"state", "lost"}, {"why", e.detail}}, e.at);
    case EventKind::registry_reached:
      return log.info("registry", {{"state", "reached"}}, e.at);
    case EventKind::unreported:
      return log.warn("unreported", {{"why", e.detail}}, e.at);
    case EventKind::stall:
      // A starved agent must not drown in its own complaints: only what is long
      // enough to have made it blind is told.
      return e.number >= to_ns(detection_time) ? log.warn("stall", {{"late_ns", e.number}}, e.at)
                                               : log.debug("stall", {{"late_ns", e.number}}, e.at);
    case EventKind::priority:
      return log.warn("priority", {{"realtime", e.number}, {"why", e.detail}}, e.at);
    case EventKind::carrier:
      return log.warn("carrier", {{"up", e.number != 0}}, e.at);
    case EventKind::leaving:
      return log.info("leaving", {}, e.at);
    case EventKind::left:
      return log.info("left", {{"how", e.detail}}, e.at);
  }
}

}  // namespace buddyring
