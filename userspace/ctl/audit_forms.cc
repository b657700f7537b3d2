// SPDX-License-Identifier: Apache-2.0
#include "ctl/audit_forms.h"

#include <array>
#include <cstdio>

namespace buddyring {
namespace {

Json number_or_null(const std::optional<uint64_t>& number) { return number ? Json(*number) : Json(nullptr); }

// "silent for 312.4 ms until the verdict at 8435789012345 ns of its clock".
std::string stamps_text(const AuditEntry& entry) {
  if (!entry.last_answer_ns || !entry.verdict_ns || *entry.verdict_ns == 0) {
    return "";
  }
  const std::string verdict = " until the verdict at " + std::to_string(*entry.verdict_ns) + " ns of its clock";
  if (*entry.last_answer_ns == 0) {
    return ", never answered" + verdict;
  }
  std::array<char, 48> silence{};
  std::snprintf(silence.data(), silence.size(), ", silent for %.1f ms",
                static_cast<double>(*entry.verdict_ns - *entry.last_answer_ns) / 1e6);
  return silence.data() + verdict;
}

std::string verdict_text(const AuditEntry& entry) {
  std::string text = "dead, says " + entry.accuser;
  if (entry.misses) {
    text += ": " + std::to_string(*entry.misses) + " misses";
  }
  text += stamps_text(entry);
  if (!entry.witness.empty()) {
    text += ", witness " + entry.witness;
  }
  return text + (entry.word.empty() ? "" : ", " + entry.word);
}

std::string who_text(const AuditEntry& entry) {
  if (entry.reason == "dead") {
    return verdict_text(entry);
  }
  if (entry.reason == "left") {
    return "left";
  }
  const std::string by = entry.accuser.empty() ? "" : "by " + entry.accuser;
  return by + (entry.account.empty() ? "" : " (" + entry.account + ")");
}

}  // namespace

Json audit_json(const AuditEntry& entry) {
  return {{"id", entry.id},
          {"at", entry.at},
          {"event", entry.event},
          {"server", text_or_null(entry.server)},
          {"address", text_or_null(entry.address)},
          {"incarnation", entry.incarnation},
          {"accuser", text_or_null(entry.accuser)},
          {"reason", text_or_null(entry.reason)},
          {"last_answer_ns", number_or_null(entry.last_answer_ns)},
          {"verdict_ns", number_or_null(entry.verdict_ns)},
          {"misses", number_or_null(entry.misses)},
          {"detail", text_or_null(entry.detail)},
          {"witness", text_or_null(entry.witness)},
          {"word", text_or_null(entry.word)},
          {"account", text_or_null(entry.account)}};
}

std::string audit_text(const AuditEntry& entry) {
  std::string line = entry.at + "Z  " + entry.event + (entry.server.empty() ? "" : "  " + entry.server);
  if (!entry.address.empty()) {
    line += "  " + entry.address + "  incarnation " + std::to_string(entry.incarnation);
  }
  for (const std::string& part : {who_text(entry), entry.detail}) {
    line += part.empty() ? "" : "  " + part;
  }
  return line;
}

}  // namespace buddyring
